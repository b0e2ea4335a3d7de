import DequeModule
import Model
import Synchronization

/// A job's files that were taken out of the store and not begun, in the order in which they are to begin.
///
/// The task that feeds the job's run fills it; tasks that have moved a file take their next one themselves. That spares a
/// new task, with its memory, and two hops for each small file.
final class ReadyFiles: Sendable {
    private let files = Mutex<Deque<FileTransfer>>([])

    /// The next file, which `lead` then counts as begun: whoever sees none here sees the lead without those that went.
    func begin(_ lead: ScanLead) -> FileTransfer? {
        files.withLock { files in
            guard let file = files.popFirst() else { return nil }
            lead.began()
            return file
        }
    }

    func popFirst() -> FileTransfer? { files.withLock { $0.popFirst() } }

    /// - Returns: the first of them, which nobody else gets.
    func fill(_ ready: Deque<FileTransfer>) -> FileTransfer? {
        files.withLock { files in
            precondition(files.isEmpty, "files are fetched when none stands ready")
            files = ready
            return files.popFirst()
        }
    }
}
