/* system.c's and power.c's calls, for calls.c */
#ifndef JVMM_AGENT_SYSTEM_H
#define JVMM_AGENT_SYSTEM_H

#include "agent.h"

enum code health_check(struct call *call, void *request, void *reply);
enum code health_version(struct call *call, void *request, void *reply);
enum code online_cpu_mem(struct call *call, void *request, void *reply);
enum code reseed_random(struct call *call, void *request, void *reply);
enum code guest_details(struct call *call, void *request, void *reply);
enum code memory_probe(struct call *call, void *request, void *reply);
enum code set_clock(struct call *call, void *request, void *reply);
enum code get_metrics(struct call *call, void *request, void *reply);
enum code facts(struct call *call, void *request, void *reply);
enum code identity(struct call *call, void *request, void *reply);
enum code shut_down(struct call *call, void *request, void *reply);
enum code synchronize(struct call *call, void *request, void *reply);
enum code bind_device(struct call *call, void *request, void *reply);
enum code unbind_device(struct call *call, void *request, void *reply);

#endif
