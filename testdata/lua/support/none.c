/* Python's None, for a library that wants its address as soon as it is opened.
 * Nobody looks at what is there. */
char _Py_NoneStruct[64];
