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
    private let pack = Mutex<Pack?>(nil)
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

    /// Where so many bytes may be written; nil when no bytes are kept. Every placement needs a `release`.
    func place(_ size: Int64) throws(S3Failure) -> Placement? {
        guard let folder else { return nil }
        do throws(FolderError) {
            guard size <= Pack.largestObjectInBytes else {
                let file = try folder.create()
                state.withLock { $0.retain(file.id) }
                return Placement(file: file, offset: 0)
            }
            return try pack.withLock { pack throws(FolderError) in try placeInPack(&pack, size, folder) }
        } catch {
            throw S3Failure(.internalError, error.description)
        }
    }

    /// Where a part's bytes go: its place in the upload's shared file when there is one.
    func place(part number: Int, size: Int64, upload: String) throws(S3Failure) -> Placement? {
        guard let folder else { return nil }
        let slot = Placement.Slot(number: number, upload: upload)
        do throws(FolderError) {
            if let extent = state.withLock({ $0.takeSlot(number, size: size, of: upload) }) {
                do throws(FolderError) {
                    return Placement(file: try folder.open(extent.file), offset: extent.offset, slot: slot)
                } catch {
                    release(extent.file)
                    throw error
                }
            }
        } catch {
            throw S3Failure(.internalError, error.description)
        }
        guard size > Pack.largestObjectInBytes, var placement = try place(size) else { return try place(size) }
        let extent = state.withLock { state -> DataExtent? in
            guard let record = state.uploads[upload], record.slots == nil else { return nil }
            state.setSlots(PartSlots(file: placement.file.id, size: size), of: upload)
            return state.takeSlot(number, size: size, of: upload)
        }
        guard let extent else { return placement }
        placement = Placement(file: placement.file, offset: extent.offset, slot: slot)
        // The slot counts for itself; the one of the plain placement goes.
        release(placement.file.id)
        return placement
    }

    /// The bytes of a placement are referred to by now, or never will be.
    func release(_ placement: Placement, isKept: Bool) {
        if let slot = placement.slot, !isKept {
            state.withLock { $0.giveBackSlot(slot.number, of: slot.upload) }
        }
        release(placement.file.id)
    }

    private func placeInPack(
        _ pack: inout Pack?, _ size: Int64, _ folder: DataFolder
    ) throws(FolderError) -> Placement {
        if let offset = pack?.reserve(size), let file = pack?.file {
            state.withLock { $0.retain(file.id) }
            return Placement(file: file, offset: offset)
        }
        let full = pack
        var fresh = Pack(file: try folder.create())
        let offset = fresh.reserve(size) ?? 0
        state.withLock { state in
            // One for the pack as long as it is open, one for the placement.
            state.retain(fresh.file.id)
            state.retain(fresh.file.id)
        }
        pack = fresh
        if let full { release(full.file.id) }
        return Placement(file: fresh.file, offset: offset)
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

    /// Keeps a file that is known to be there from being removed; every call needs a `release`.
    func retain(_ file: UInt64) {
        state.withLock { $0.retain(file) }
    }

    /// Looks something up and, in one step, keeps the files that `files` names of it: each needs a `release`.
    func retaining<Value: Sendable>(
        _ files: (Value) -> [UInt64], of find: (borrowing StoreState) throws(S3Failure) -> Value
    ) throws(S3Failure) -> Value {
        try state.withLock { state throws(S3Failure) in
            let value = try find(state)
            for file in files(value) { state.retain(file) }
            return value
        }
    }

    func release(_ file: UInt64) {
        if state.withLock({ $0.release(file) }) { folder?.remove(file) }
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
