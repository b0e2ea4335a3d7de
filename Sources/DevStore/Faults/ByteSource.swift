import Glibc
import HTTPServer

/// Reads an answer's body in pieces, whatever it is made of; closes its descriptor in the end.
final class ByteSource: Sendable {
    let count: Int
    private let body: ResponseBody

    init(_ body: ResponseBody) {
        self.body = body
        switch body {
        case .bytes(let bytes): count = bytes.count
        case .file(_, _, let size): count = Int(size)
        case .empty, .stream, .disconnect: count = 0
        }
    }

    deinit {
        if case .file(let descriptor, _, _) = body { Glibc.close(descriptor) }
    }

    /// Fewer than asked only at the end.
    func bytes(from start: Int, count wanted: Int) -> [UInt8] {
        let end = min(count, start + wanted)
        guard start < end else { return [] }
        switch body {
        case .bytes(let bytes): return Array(bytes[start..<end])
        case .file(let descriptor, let offset, _):
            return ScratchFile.read(descriptor, offset: offset + Int64(start), count: end - start)
        case .empty, .stream, .disconnect: return []
        }
    }
}
