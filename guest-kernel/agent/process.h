/* Processes: what exec.c asks of process.c, and exec.c's calls for calls.c. */
#ifndef JVMM_AGENT_PROCESS_H
#define JVMM_AGENT_PROCESS_H

#include "agent.h"

/* Each takes the call, and answers it when it can. */
void process_wait(struct process *process, struct call *call);
void process_read(struct output *output, struct call *call);
void process_write(struct process *process, struct call *call);
void process_close_input(struct process *process);
void process_run(struct process *process, struct call *call);

/* exec.c */
struct _grpc_Box;
void set_window(int fd, const struct _grpc_Box *box);
enum code exec_process(struct call *call, void *request, void *reply);
enum code run_process(struct call *call, void *request, void *reply);
enum code signal_process(struct call *call, void *request, void *reply);
enum code wait_process(struct call *call, void *request, void *reply);
enum code write_stdin(struct call *call, void *request, void *reply);
enum code read_stdout(struct call *call, void *request, void *reply);
enum code read_stderr(struct call *call, void *request, void *reply);
enum code close_stdin(struct call *call, void *request, void *reply);
enum code tty_win_resize(struct call *call, void *request, void *reply);

#endif
