/* files.c's calls, for calls.c */
#ifndef JVMM_AGENT_FILES_H
#define JVMM_AGENT_FILES_H

#include "agent.h"

enum code copy_file(struct call *call, void *request, void *reply);
enum code stat_file(struct call *call, void *request, void *reply);
enum code list_folder(struct call *call, void *request, void *reply);
enum code read_file(struct call *call, void *request, void *reply);

#endif
