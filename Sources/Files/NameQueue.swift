/// Names waiting in order, packed into one allocation: a directory may have a hundred thousand subdirectories.
struct NameQueue {
    private var bytes: [UInt8] = []
    private var start = 0

    var isEmpty: Bool { start == bytes.count }
    var countInBytes: Int { bytes.count - start }

    /// A name ends with the NUL that no name can hold.
    mutating func append(_ name: ArraySlice<UInt8>) {
        bytes += name
        bytes.append(0)
    }

    var first: ArraySlice<UInt8>? {
        guard let end = bytes[start...].firstIndex(of: 0) else { return nil }
        return bytes[start..<end]
    }

    mutating func removeFirst() {
        guard let first else { preconditionFailure("no name is waiting") }
        start = first.endIndex + 1
        if isEmpty {
            bytes = []
            start = 0
        }
    }
}
