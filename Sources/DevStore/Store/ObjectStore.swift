import Dispatch
import Glibc
import Synchronization

/// The store's state behind one lock, with the journal and the data files that make it last.
///
/// Every function may be called from any thread. Those that say so run on threads of their own, because they read
/// whole objects; the others make at most a few short system calls.
final class ObjectStore: Sendable {
    /// Nil when no bytes are kept.
    let folder: DataFolder?
    private let journal: Journal?
    private let state: Mutex<StoreState>
    private let copying = DispatchQueue(label: "devstore.copy", attributes: .concurrent)

    /// - Parameter directory: nil keeps descriptions in memory and no bytes at all.
    init(directory: String?) throws(FolderError) {
        guard let directory else {
            folder = nil
            journal = nil
            state = Mutex(StoreState())
            return
        }
        let folder = try DataFolder(path: directory)
        let (journal, state) = try Journal.open(in: folder)
        try folder.sweep(keeping: state.referencedFiles)
        self.folder = folder
        self.journal = journal
        self.state = Mutex(state)
    }

    func read<Value: Sendable>(_ body: (borrowing StoreState) throws(S3Failure) -> Value) throws(S3Failure) -> Value {
        try state.withLock { value throws(S3Failure) in try body(value) }
    }

    /// A look that finds nothing to refuse.
    func snapshot<Value: Sendable>(_ body: (borrowing StoreState) -> Value) -> Value {
        state.withLock { body($0) }
    }

    /// Makes changes that depend on nothing but `check`, which runs under the same lock and refuses by throwing.
    func commit(
        _ entries: [JournalEntry], check: (borrowing StoreState) throws(S3Failure) -> Void
    ) throws(S3Failure) {
        let lines = journal == nil ? [] : Journal.encode(entries)
        let gone = try state.withLock { value throws(S3Failure) in
            try check(value)
            do throws(FolderError) {
                try journal?.append(lines)
            } catch {
                throw S3Failure(.internalError, error.description)
            }
            return entries.flatMap { value.apply($0) }
        }
        for file in gone { folder?.remove(file) }
    }

    func orderedKeys(of bucket: String) -> [KeyBytes]? {
        state.withLock { $0.orderedKeys(of: bucket) }
    }

    // MARK: Files

    /// A new file for an object or a part; nil when no bytes are kept.
    func createFile() throws(S3Failure) -> DataFile? {
        do throws(FolderError) {
            return try folder?.create()
        } catch {
            throw S3Failure(.internalError, error.description)
        }
    }

    /// Where a part's bytes go: its place in the upload's shared file when it has one, or a new file.
    func place(part number: Int, size: Int64, upload: String) throws(S3Failure) -> (file: DataFile, offset: Int64)? {
        guard let folder else { return nil }
        do throws(FolderError) {
            if let slot = state.withLock({ $0.takeSlot(number, size: size, of: upload) }) {
                return (try folder.open(slot.file), slot.offset)
            }
            let file = try folder.create()
            let slot = state.withLock { state -> DataExtent? in
                guard let record = state.uploads[upload], record.slots == nil, size >= 1 << 20 else { return nil }
                state.setSlots(PartSlots(file: file.id, size: size), of: upload)
                return state.takeSlot(number, size: size, of: upload)
            }
            return (file, slot?.offset ?? 0)
        } catch {
            throw S3Failure(.internalError, error.description)
        }
    }

    /// Undoes `place` or `createFile` when the body did not come to its end, once nobody writes any more.
    func discard(_ file: UInt64, part number: Int?, upload: String?) {
        guard file != 0 else { return }
        let isShared = state.withLock { state -> Bool in
            guard let upload, let number, state.uploads[upload]?.slots?.file == file else { return false }
            state.giveBackSlot(number, of: upload)
            return true
        }
        let isReferenced = isShared || state.withLock { $0.isReferenced(file) }
        if !isReferenced { folder?.remove(file) }
    }

    /// A descriptor on the object's bytes, opened while the object cannot be removed.
    func openForReading(
        _ find: (borrowing StoreState) throws(S3Failure) -> ObjectRecord
    ) throws(S3Failure) -> (record: ObjectRecord, descriptor: Int32?) {
        try state.withLock { value throws(S3Failure) in
            let record = try find(value)
            guard let folder, record.extent.file != 0 else { return (record, nil) }
            do throws(FolderError) {
                return (record, try folder.openDescriptor(record.extent.file))
            } catch {
                throw S3Failure(.internalError, error.description)
            }
        }
    }

    /// Keeps a file from being removed; every call needs a `release`.
    func retain(_ extent: DataExtent) {
        state.withLock { $0.retain(extent.file) }
    }

    func release(_ extent: DataExtent) {
        if state.withLock({ $0.release(extent.file) }) { folder?.remove(extent.file) }
    }

    /// Runs work that reads or writes whole objects on a thread of its own.
    func onDiskThread<Value: Sendable>(
        _ work: @escaping @Sendable () throws(S3Failure) -> Value
    ) async throws(S3Failure) -> Value {
        let result: Result<Value, S3Failure> = await withCheckedContinuation { continuation in
            copying.async {
                do throws(S3Failure) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
