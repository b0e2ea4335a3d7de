import Glibc

/// A descriptor that is closed unless somebody takes it.
struct OpenDescriptor: ~Copyable {
    private var descriptor: Int32?

    init(_ descriptor: Int32?) {
        self.descriptor = descriptor
    }

    deinit {
        if let descriptor { Glibc.close(descriptor) }
    }

    /// Whoever takes it closes it.
    mutating func take() -> Int32? {
        defer { descriptor = nil }
        return descriptor
    }
}
