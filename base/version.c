/* The version, set by the build from the project's one place (CMakeLists.txt). */
#include <reveil.h>

const char *rv_version(void) { return RV_VERSION_TEXT; }
