package import Checksums
package import Model

/// A small file, whole: its bytes, the checksums asked for, and its identity, which was the same before and after.
package struct LoadedFile: Sendable {
    package let bytes: [UInt8]
    package let digests: Digests
    package let identity: FileIdentity
}
