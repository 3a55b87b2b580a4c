/* PID 1 of a pod's sandbox and of the node's own namespaces: sleeps, reaps orphans, ends at SIGTERM.
   Also the only program of the image without a shell. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_child(int sig) {
    (void)sig;
    while (waitpid(-1, 0, WNOHANG) > 0) {}
}

static void on_term(int sig) {
    (void)sig;
    _exit(0);
}

int main(void) {
    struct sigaction child = {0}, term = {0};
    child.sa_handler = on_child;
    child.sa_flags = SA_NOCLDSTOP | SA_RESTART;
    term.sa_handler = on_term;
    sigaction(SIGCHLD, &child, 0);
    sigaction(SIGTERM, &term, 0);
    sigaction(SIGINT, &term, 0);
    /* Children that ended before the handler was set gave their signal already. */
    on_child(0);
    if (write(1, "ready\n", 6) != 6) return 1;
    for (;;) pause();
}
