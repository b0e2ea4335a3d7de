/// The file into which small objects go one behind the other: a write costs no new file.
///
/// It is removed when the last object in it is gone; until then the others' bytes stay.
struct Pack: Sendable {
    /// Larger objects have files of their own.
    static let largestObjectInBytes: Int64 = 256 << 10
    private static let sizeInBytes: Int64 = 64 << 20

    let file: DataFile
    private var end: Int64 = 0

    init(file: DataFile) {
        self.file = file
    }

    /// The offset for so many bytes; nil when the pack is full.
    mutating func reserve(_ count: Int64) -> Int64? {
        guard end + count <= Self.sizeInBytes else { return nil }
        defer { end += count }
        return end
    }
}
