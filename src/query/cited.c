#include "query/cited.h"

const char ms_cited_rows[] =
#include "cited.sql.inc"
    ;
