/*
 * The memory that nanopb takes for messages, counted: two bytes on the wire can ask for a structure of hundreds. Put in front of
 * every file by the build, as nanopb wants to hear of it before its own header.
 */
#ifndef JVMM_AGENT_BUDGET_H
#define JVMM_AGENT_BUDGET_H

#include <stddef.h>

void *budget_realloc(void *block, size_t size);
void budget_free(void *block);

#define pb_realloc(block, size) budget_realloc(block, size)
#define pb_free(block) budget_free(block)

#endif
