/* storage.c's and network.c's calls, for calls.c */
#ifndef JVMM_AGENT_STORAGE_H
#define JVMM_AGENT_STORAGE_H

#include "agent.h"
#include "agent.pb.h"

struct mount_options {
	unsigned long flags, propagation;
	char data[4096];
};

/* 0, or -1 and errno. */
int parse_mount_options(char *const *options, size_t count, struct mount_options *into);
int mount_with(const char *source, const char *target, const char *type, const struct mount_options *options);
/* MS_PRIVATE and the like, or 0. */
unsigned long propagation_named(const char *name);
int write_name_servers(char *const *servers, size_t count);
enum code mount_all(struct call *call, const grpc_Storage *storages, size_t count);

enum code create_sandbox(struct call *call, void *request, void *reply);
enum code destroy_sandbox(struct call *call, void *request, void *reply);
enum code update_ephemeral_mounts(struct call *call, void *request, void *reply);
enum code volume_stats(struct call *call, void *request, void *reply);
enum code mount_storages(struct call *call, void *request, void *reply);
enum code unmount_path(struct call *call, void *request, void *reply);
enum code nothing_to_do(struct call *call, void *request, void *reply);
enum code add_swap(struct call *call, void *request, void *reply);
enum code resize_volume(struct call *call, void *request, void *reply);
enum code set_policy(struct call *call, void *request, void *reply);

enum code list_interfaces(struct call *call, void *request, void *reply);
enum code update_interface(struct call *call, void *request, void *reply);
enum code list_routes(struct call *call, void *request, void *reply);
enum code update_routes(struct call *call, void *request, void *reply);
enum code add_arp_neighbors(struct call *call, void *request, void *reply);

#endif
