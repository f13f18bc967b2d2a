/* Hooks: programs that a runtime wants run at a container's turns. */
#include "container.h"

enum code hooks_check(struct call *call, const grpc_Hooks *hooks)
{
	return hooks->prestart_count || hooks->poststart_count || hooks->poststop_count ?
		fail(call, UNIMPLEMENTED, "hooks are not for this agent") : OK;
}
