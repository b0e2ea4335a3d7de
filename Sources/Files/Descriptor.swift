internal import Glibc

/// One open descriptor. Who owns the value owns the descriptor; it is closed when the value goes.
package struct Descriptor: ~Copyable, Sendable {
    /// For calls while the value lives; never to be closed.
    package let raw: Int32

    /// Takes over a descriptor that nobody else will close.
    package init(takingOver raw: Int32) {
        precondition(raw >= 0, "descriptor \(raw)")
        self.raw = raw
    }

    deinit {
        close(raw)
    }

    /// Hands the descriptor over: the caller closes it.
    package consuming func release() -> Int32 {
        let raw = raw
        discard self
        return raw
    }
}
