import Dispatch
import Synchronization

/// What the thread sanitizer must report, and what it must not, with mutex.c loaded: `race` guards nothing, `mutex` guards
/// by a lock that is contended, `both` has one lock around one of two values.
final class Counts: @unchecked Sendable {
    private let lock = Mutex(0)
    private var unguarded = 0

    var total: Int { lock.withLock { $0 } + unguarded }

    func count(guarded: Bool) {
        if guarded { lock.withLock { $0 += 1 } } else { unguarded += 1 }
    }
}

let mode = CommandLine.arguments.dropFirst().first ?? "race"
let counts = Counts()
DispatchQueue.concurrentPerform(iterations: 8) { thread in
    for _ in 0..<20_000 {
        if mode != "race" { counts.count(guarded: true) }
        if mode != "mutex" { counts.count(guarded: false) }
    }
}
print(mode, counts.total)
