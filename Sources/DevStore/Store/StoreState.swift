import Model

/// What the store knows: buckets, objects, open uploads, and how often each data file is referred to.
///
/// A value without I/O. `apply` is the only way to change what is kept; it returns the files that nothing refers to any more.
struct StoreState: Sendable {
    struct Bucket: Sendable {
        var created: Timestamp
        var objects = ObjectIndex()
    }

    private(set) var buckets: [String: Bucket] = [:]
    private(set) var uploads: [String: UploadRecord] = [:]
    private var references: [UInt64: Int] = [:]

    /// The files that something refers to; all others of the folder are left over from a crash.
    var referencedFiles: Set<UInt64> { Set(references.keys) }

    mutating func apply(_ entry: JournalEntry) -> [UInt64] {
        switch entry {
        case .createBucket(let name, let created):
            if buckets[name] == nil { buckets[name] = Bucket(created: created.wrappedValue) }
            return []
        case .deleteBucket(let name):
            buckets[name] = nil
            return []
        case .putObject(let bucket, let key, let record):
            retain(record.extent.file)
            return released([buckets[bucket]?.objects.put(record, for: key)?.extent.file])
        case .removeObject(let bucket, let key):
            return released([buckets[bucket]?.objects.remove(key)?.extent.file])
        case .createUpload(let id, let record):
            uploads[id] = record
            return []
        case .putPart(let upload, let number, let part):
            retain(part.extent.file)
            return released([uploads[upload]?.parts.updateValue(part, forKey: number)?.extent.file])
        case .removeUpload(let id):
            guard let upload = uploads.removeValue(forKey: id) else { return [] }
            return released(upload.parts.values.map(\.extent.file) + [upload.slots?.file])
        }
    }

    /// All keys of a bucket in order; nil when there is no such bucket.
    mutating func orderedKeys(of bucket: String) -> [KeyBytes]? {
        buckets[bucket]?.objects.orderedKeys()
    }

    /// Gives an upload its shared file; the upload itself refers to it, so that it outlives parts that are replaced.
    mutating func setSlots(_ slots: PartSlots, of upload: String) {
        retain(slots.file)
        uploads[upload]?.slots = slots
    }

    /// Also keeps the file: every slot that is taken needs a `release`.
    mutating func takeSlot(_ number: Int, size: Int64, of upload: String) -> DataExtent? {
        guard let offset = uploads[upload]?.slots?.take(number, size: size), let file = uploads[upload]?.slots?.file
        else { return nil }
        retain(file)
        return DataExtent(file: file, offset: offset, count: size)
    }

    mutating func giveBackSlot(_ number: Int, of upload: String) {
        uploads[upload]?.slots?.giveBack(number)
    }

    /// Keeps a file while somebody reads it without a lock. Each call needs a `release`.
    mutating func retain(_ file: UInt64) {
        if file != 0 { references[file, default: 0] += 1 }
    }

    /// True when nothing refers to the file any more and it may go.
    mutating func release(_ file: UInt64) -> Bool {
        guard file != 0, let count = references[file] else { return false }
        references[file] = count > 1 ? count - 1 : nil
        return count == 1
    }

    private mutating func released(_ files: [UInt64?]) -> [UInt64] {
        var gone: [UInt64] = []
        for case .some(let file) in files where release(file) { gone.append(file) }
        return gone
    }

    /// The shortest journal that leads here.
    var entries: [JournalEntry] {
        var entries: [JournalEntry] = []
        for (name, bucket) in buckets {
            entries.append(.createBucket(name: name, created: StoredTime(wrappedValue: bucket.created)))
            for (key, record) in bucket.objects.all {
                entries.append(.putObject(bucket: name, key: key, record: record))
            }
        }
        for (id, upload) in uploads {
            entries.append(.createUpload(id: id, record: upload))
            for (number, part) in upload.parts { entries.append(.putPart(upload: id, number: number, part: part)) }
        }
        return entries
    }
}
