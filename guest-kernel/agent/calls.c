/* Every call there is: its messages and who serves it. */
#include <string.h>

#include "agent.h"
#include "agent.pb.h"
#include "container.h"
#include "csi.pb.h"
#include "files.h"
#include "guest.pb.h"
#include "health.pb.h"
#include "process.h"
#include "storage.h"
#include "system.h"

#define AGENT "grpc.AgentService"
#define GUEST "jvmm.Guest"
#define HEALTH "grpc.Health"

#define EMPTY(service, name, request, serve) { service, name, request##_fields, NULL, sizeof(request), 0, serve }
#define CALL(service, name, request, reply, serve) \
	{ service, name, request##_fields, reply##_fields, sizeof(request), sizeof(reply), serve }

static const struct method methods[] = {
	CALL(HEALTH, "Check", grpc_CheckRequest, grpc_HealthCheckResponse, health_check),
	CALL(HEALTH, "Version", grpc_CheckRequest, grpc_VersionCheckResponse, health_version),

	EMPTY(AGENT, "CreateContainer", grpc_CreateContainerRequest, create_container),
	EMPTY(AGENT, "StartContainer", grpc_StartContainerRequest, start_container),
	EMPTY(AGENT, "RemoveContainer", grpc_RemoveContainerRequest, remove_container),
	EMPTY(AGENT, "UpdateContainer", grpc_UpdateContainerRequest, update_container),
	EMPTY(AGENT, "PauseContainer", grpc_PauseContainerRequest, pause_container),
	EMPTY(AGENT, "ResumeContainer", grpc_ResumeContainerRequest, resume_container),
	CALL(AGENT, "StatsContainer", grpc_StatsContainerRequest, grpc_StatsContainerResponse, stats_container),
	CALL(AGENT, "GetOOMEvent", grpc_GetOOMEventRequest, grpc_OOMEvent, oom_event),

	EMPTY(AGENT, "ExecProcess", grpc_ExecProcessRequest, exec_process),
	EMPTY(AGENT, "SignalProcess", grpc_SignalProcessRequest, signal_process),
	CALL(AGENT, "WaitProcess", grpc_WaitProcessRequest, grpc_WaitProcessResponse, wait_process),
	CALL(AGENT, "WriteStdin", grpc_WriteStreamRequest, grpc_WriteStreamResponse, write_stdin),
	CALL(AGENT, "ReadStdout", grpc_ReadStreamRequest, grpc_ReadStreamResponse, read_stdout),
	CALL(AGENT, "ReadStderr", grpc_ReadStreamRequest, grpc_ReadStreamResponse, read_stderr),
	EMPTY(AGENT, "CloseStdin", grpc_CloseStdinRequest, close_stdin),
	EMPTY(AGENT, "TtyWinResize", grpc_TtyWinResizeRequest, tty_win_resize),

	EMPTY(AGENT, "CopyFile", grpc_CopyFileRequest, copy_file),
	EMPTY(AGENT, "OnlineCPUMem", grpc_OnlineCPUMemRequest, online_cpu_mem),
	EMPTY(AGENT, "ReseedRandomDev", grpc_ReseedRandomDevRequest, reseed_random),
	CALL(AGENT, "GetGuestDetails", grpc_GuestDetailsRequest, grpc_GuestDetailsResponse, guest_details),
	EMPTY(AGENT, "MemHotplugByProbe", grpc_MemHotplugByProbeRequest, memory_probe),
	EMPTY(AGENT, "SetGuestDateTime", grpc_SetGuestDateTimeRequest, set_clock),
	CALL(AGENT, "GetMetrics", grpc_GetMetricsRequest, grpc_Metrics, get_metrics),

	EMPTY(AGENT, "CreateSandbox", grpc_CreateSandboxRequest, create_sandbox),
	EMPTY(AGENT, "DestroySandbox", grpc_DestroySandboxRequest, destroy_sandbox),
	EMPTY(AGENT, "UpdateEphemeralMounts", grpc_UpdateEphemeralMountsRequest, update_ephemeral_mounts),
	EMPTY(AGENT, "RemoveStaleVirtiofsShareMounts", grpc_RemoveStaleVirtiofsShareMountsRequest, nothing_to_do),
	CALL(AGENT, "GetVolumeStats", grpc_VolumeStatsRequest, grpc_VolumeStatsResponse, volume_stats),
	EMPTY(AGENT, "ResizeVolume", grpc_ResizeVolumeRequest, resize_volume),
	EMPTY(AGENT, "AddSwap", grpc_AddSwapRequest, add_swap),
	EMPTY(AGENT, "SetPolicy", grpc_SetPolicyRequest, set_policy),
	CALL(AGENT, "GetIPTables", grpc_GetIPTablesRequest, grpc_GetIPTablesResponse, get_iptables),
	CALL(AGENT, "SetIPTables", grpc_SetIPTablesRequest, grpc_SetIPTablesResponse, set_iptables),

	CALL(AGENT, "ListInterfaces", grpc_ListInterfacesRequest, grpc_Interfaces, list_interfaces),
	CALL(AGENT, "UpdateInterface", grpc_UpdateInterfaceRequest, types_Interface, update_interface),
	CALL(AGENT, "ListRoutes", grpc_ListRoutesRequest, grpc_Routes, list_routes),
	CALL(AGENT, "UpdateRoutes", grpc_UpdateRoutesRequest, grpc_Routes, update_routes),
	EMPTY(AGENT, "AddARPNeighbors", grpc_AddARPNeighborsRequest, add_arp_neighbors),

	CALL(GUEST, "Run", jvmm_RunRequest, jvmm_RunResponse, run_process),
	CALL(GUEST, "Facts", jvmm_FactsRequest, jvmm_FactsResponse, facts),
	EMPTY(GUEST, "Identity", jvmm_IdentityRequest, identity),
	EMPTY(GUEST, "Shutdown", jvmm_ShutdownRequest, shut_down),
	EMPTY(GUEST, "Sync", jvmm_SyncRequest, synchronize),
	CALL(GUEST, "StatFile", jvmm_StatFileRequest, jvmm_FileInfo, stat_file),
	CALL(GUEST, "ListFolder", jvmm_ListFolderRequest, jvmm_ListFolderResponse, list_folder),
	CALL(GUEST, "ReadFile", jvmm_ReadFileRequest, jvmm_ReadFileResponse, read_file),
	EMPTY(GUEST, "Mount", jvmm_MountRequest, mount_storages),
	EMPTY(GUEST, "Unmount", jvmm_UnmountRequest, unmount_path),
	EMPTY(GUEST, "BindDevice", jvmm_DeviceRequest, bind_device),
	EMPTY(GUEST, "UnbindDevice", jvmm_DeviceRequest, unbind_device),
};

const struct method *find_method(const char *service, const char *name)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (strcmp(methods[i].name, name) == 0 && strcmp(methods[i].service, service) == 0)
			return &methods[i];
	return NULL;
}
