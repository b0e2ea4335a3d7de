/// A secret, as raw bytes. It never describes itself: neither text, nor debug text, nor a mirror shows it.
package struct SecretBytes: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself, for signing only.
    package let bytes: [UInt8]

    package init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    package init(_ text: String) {
        bytes = Array(text.utf8)
    }

    package var isEmpty: Bool { bytes.isEmpty }
    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension SecretBytes: Equatable {
    /// Takes the same time wherever the first difference stands.
    package static func == (first: SecretBytes, second: SecretBytes) -> Bool {
        guard first.bytes.count == second.bytes.count else { return false }
        var difference: UInt8 = 0
        for index in first.bytes.indices {
            difference |= first.bytes[index] ^ second.bytes[index]
        }
        return difference == 0
    }
}
