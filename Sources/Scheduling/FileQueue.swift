import DequeModule
import Model
import Storage

/// Takes a job's pending files out of the store, a bounded batch at a time: the files table is the queue.
///
/// Files of at least `JobStore.largeFile` bytes come largest first, so that none of them makes a long tail; smaller ones
/// come in the order of the scan, each batch of them by size. Owned by the one task that feeds the job's run.
struct FileQueue {
    static let batch = 512

    private let store: JobStore
    private let job: JobNumber
    /// Shared with those who move files.
    let ready = ReadyFiles()
    /// All smaller files up to this one were taken.
    private var cursor = FileNumber(0)
    /// Large files that were taken and that the store may still call pending.
    private var taken: Set<FileNumber> = []

    init(store: JobStore, job: JobNumber) {
        self.store = store
        self.job = job
    }

    /// The job's first files, by number, as its scan has just stored them: the store is not asked for them.
    /// - Returns: the first to begin.
    mutating func add(_ files: [FileTransfer]) -> FileTransfer? {
        precondition(cursor == FileNumber(0) && taken.isEmpty, "files were taken before the scan had found any")
        cursor = files.last?.number ?? cursor
        taken.formUnion(files.lazy.filter { $0.size >= JobStore.largeFile }.map(\.number))
        return ready.fill(Self.ordered(files))
    }

    /// The next file to begin, or nil when the store knows of no more at present.
    mutating func next() async throws(StorageError) -> FileTransfer? {
        if let file = ready.popFirst() { return file }
        // Files that have ended are pending no longer once the queue of records is committed.
        if taken.count >= Self.batch { try await prune() }
        let pending = try await store.largestPending(
            job, atLeast: JobStore.largeFile, limit: Self.batch / 4 + taken.count)
        let large = Deque(pending.lazy.filter { [taken] in !taken.contains($0.number) }.prefix(Self.batch / 4))
        if !large.isEmpty {
            taken.formUnion(large.lazy.map(\.number))
            return ready.fill(large)
        }
        let small = try await store.nextPending(job, after: cursor, below: JobStore.largeFile, limit: Self.batch)
        if let last = small.last { cursor = last.number }
        return ready.fill(Self.ordered(small))
    }

    private static func ordered(_ files: [FileTransfer]) -> Deque<FileTransfer> {
        Deque(files.sorted { ($0.size, $1.number) > ($1.size, $0.number) })
    }

    private mutating func prune() async throws(StorageError) {
        try await store.flush()
        let pending = try await store.files(job, numbers: Array(taken)).filter { $0.state == .pending }
        taken = Set(pending.map(\.number))
    }
}
