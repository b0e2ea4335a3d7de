import Glibc

/// A file without a name; its descriptor closes with it.
final class ScratchFile: Sendable {
    let descriptor: Int32

    init(_ content: [UInt8] = []) {
        var template = Array("/tmp/scratch-XXXXXX".utf8CString)
        descriptor = unsafe mkstemp(&template)
        unsafe unlink(template)
        var written = 0
        while written < content.count {
            written += unsafe content.withUnsafeBytes { buffer in
                unsafe pwrite(
                    descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written, off_t(written))
            }
        }
    }

    deinit {
        close(descriptor)
    }

    var content: [UInt8] {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            unsafe count = max(0, pread(descriptor, buffer.baseAddress, size, 0))
        }
    }
}

/// Bytes that show where a block was lost, doubled or moved: they repeat after a prime number of bytes only.
func pattern(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes += block.prefix(count - bytes.count) }
    return bytes
}

private let block: [UInt8] = {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<99_991).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
    }
}()

/// Equal content. Compared outside of an expectation, which would print and compare megabytes element by element.
func same(_ one: [UInt8]?, _ other: [UInt8]) -> Bool {
    one == other
}
