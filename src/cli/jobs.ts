// Job control: Ctrl-Z stops the command, and `fg` continues it.

export interface JobListener {
  /** The process is about to be stopped: leave the terminal as a shell needs it. */
  stop(): void
  /** The process was continued: the shell may have changed the terminal, and has written to it. */
  resume(): void
}

export interface Jobs {
  /** Stops the whole job, as a terminal does on Ctrl-Z: npm and the shell that it started too, or the user's shell would go on waiting. */
  suspend(): void
  /** Returns a function that removes the listener. */
  listen(listener: JobListener): () => void
}

/** The job control of this process. Windows has none: there `suspend` does nothing. */
export function processJobs(): Jobs {
  const listeners = new Set<JobListener>()
  let isStopped = false
  /** @param id The process to stop; 0: all processes of the job. */
  const stop = (id: number) => {
    isStopped = true
    // Before npm is stopped: then the shell has the terminal again, and this process may not change it any more.
    for (const listener of listeners) listener.stop()
    // Without a listener the signal has its usual effect, before `kill` returns.
    process.off('SIGTSTP', stopAlone)
    process.kill(id, 'SIGTSTP')
    process.on('SIGTSTP', stopAlone)
    // The system does not stop a job without a shell that could continue it. Otherwise SIGCONT is delivered before the second of these.
    setImmediate(() => setImmediate(() => isStopped && resume()))
  }
  const stopAlone = () => stop(process.pid)
  // Also after SIGSTOP, which can't be noticed before.
  const resume = () => {
    isStopped = false
    for (const listener of listeners) listener.resume()
  }
  const isPossible = process.platform !== 'win32'
  return {
    suspend() {
      if (isPossible) stop(0)
    },
    listen(listener) {
      if (isPossible && listeners.size === 0) process.on('SIGTSTP', stopAlone).on('SIGCONT', resume)
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) process.off('SIGTSTP', stopAlone).off('SIGCONT', resume)
      }
    },
  }
}
