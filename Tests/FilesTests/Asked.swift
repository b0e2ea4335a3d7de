import Synchronization

/// What a filter was asked.
final class Asked: Sendable {
    private let questions = Mutex<Set<String>>([])

    var all: Set<String> { questions.withLock { $0 } }

    func note(_ path: String, _ isDirectory: Bool) {
        _ = questions.withLock { $0.insert("\(path) \(isDirectory)") }
    }
}
