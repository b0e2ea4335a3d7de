package import Model

/// What a job's rows say as `key`, with the prefix turned into bytes once instead of for each row.
package struct ObjectNaming: Sendable {
    private let key: [UInt8]?
    private let prefix: [UInt8]

    package init(_ spec: JobSpec) {
        key = spec.key.map { Array($0.utf8) }
        prefix = Array((spec.prefix ?? "").utf8)
    }

    /// Also for a path that can be no key (`INVALID_KEY`): what it would have been.
    package func key(forPath path: [UInt8], isDirectoryMarker: Bool = false) -> [UInt8] {
        if let key { return key }
        if prefix.isEmpty, !isDirectoryMarker { return path }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(prefix.count + path.count + 1)
        bytes += prefix
        bytes += path
        if isDirectoryMarker { bytes.append(UInt8(ascii: "/")) }
        return bytes
    }
}
