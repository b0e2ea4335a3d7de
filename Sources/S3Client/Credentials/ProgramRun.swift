import Glibc

/// One run of a program whose output is wanted. Blocks its thread: not for a task's.
///
/// The program gets this process's environment, no input, its messages go to our standard error, and it is the first of a
/// process group, so that what it starts ends with it when time is over.
enum ProgramRun {
    enum Outcome: Sendable, Equatable {
        case exited(Int32, output: [UInt8])
        case ended(bySignal: Int32)
        case notStarted(errno: Int32)
        case tookTooLong
        case printedTooMuch
    }

    /// - Parameter words: the program, looked for along `PATH` when its name has no slash, and its arguments.
    static func perform(_ words: [String], timeout: Duration, outputLimitInBytes: Int) -> Outcome {
        var ends: (read: Int32, write: Int32) = (-1, -1)
        let isOpen = unsafe withUnsafeMutableBytes(of: &ends) { buffer in
            unsafe pipe(buffer.baseAddress?.assumingMemoryBound(to: Int32.self)) == 0
        }
        guard isOpen else { return .notStarted(errno: errno) }
        defer { close(ends.read) }
        // All descriptors of this process are closed on exec. A program that starts at this very moment may get these two:
        // nothing comes of it, since nobody waits for the end of the output.
        _ = fcntl(ends.read, F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends.write, F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends.read, F_SETFL, O_NONBLOCK)
        let started = start(words, output: ends.write)
        close(ends.write)
        switch started {
        case .failure(let fault): return .notStarted(errno: fault.errno)
        case .success(let process):
            return watch(process, ends.read, deadline: .now + timeout, outputLimitInBytes: outputLimitInBytes)
        }
    }

    private struct Fault: Error { let errno: Int32 }

    private static func start(_ words: [String], output: Int32) -> Result<pid_t, Fault> {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // This thread's mask and the process's ignored signals are not the program's.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        // The words are copied for the call and freed after it; the new process has its own.
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let fault = unsafe posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
        return fault == 0 ? .success(process) : .failure(Fault(errno: fault))
    }

    /// Reads until the program ends: not until its output does, which something in the background may hold open.
    private static func watch(
        _ process: pid_t, _ output: Int32, deadline: ContinuousClock.Instant, outputLimitInBytes: Int
    ) -> Outcome {
        var printed: [UInt8] = []
        var mayPrint = true
        while true {
            let hasEnded = hasEnded(process)
            if mayPrint { mayPrint = read(output, into: &printed) }
            if printed.count > outputLimitInBytes {
                end(process)
                return .printedTooMuch
            }
            if hasEnded { return outcome(of: process, printed) }
            if .now >= deadline {
                end(process)
                return .tookTooLong
            }
            // The end of a process has no descriptor that Swift can ask for: it is looked for now and then.
            var state = pollfd(fd: mayPrint ? output : -1, events: Int16(POLLIN), revents: 0)
            unsafe poll(&state, 1, 10)
        }
    }

    /// Whether it ended, leaving it to be asked for its status (waitid manual page, WNOWAIT).
    private static func hasEnded(_ process: pid_t) -> Bool {
        var information = unsafe siginfo_t()
        let result = unsafe waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
        return unsafe result != 0 || information.si_signo != 0
    }

    /// Takes what is there; false at the end of the output.
    private static func read(_ output: Int32, into printed: inout [UInt8]) -> Bool {
        let room = 16 << 10
        while true {
            var count = 0
            let block = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
                unsafe count = Glibc.read(output, buffer.baseAddress, room)
                filled = max(0, count)
            }
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            if count == 0 { return false }
            printed += block
            if printed.count > 1 << 20 { return true }
        }
    }

    private static func end(_ process: pid_t) {
        kill(-process, SIGKILL)
        var status: Int32 = 0
        unsafe waitpid(process, &status, 0)
    }

    /// Takes the status of a process that has ended (wait manual page: the macros are spelt out, Swift has none of them).
    private static func outcome(of process: pid_t, _ printed: [UInt8]) -> Outcome {
        var status: Int32 = 0
        unsafe waitpid(process, &status, 0)
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF, output: printed) : .ended(bySignal: signal)
    }
}
