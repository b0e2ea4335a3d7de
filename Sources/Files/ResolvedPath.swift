/// Where a path led: something open beneath a root.
struct ResolvedPath: ~Copyable {
    let root: Root
    /// Beneath the root, as the kernel took it: it may hold links and `..`, and is to be resolved beneath the root again.
    let path: [UInt8]
    let descriptor: Descriptor

    consuming func release() -> Descriptor {
        descriptor
    }
}
