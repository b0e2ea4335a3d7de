package import Model

/// A part of a multipart file with the path of its file.
package struct StoredPart: Sendable, Hashable {
    package var part: Part
    package var path: [UInt8]

    package init(part: Part, path: [UInt8]) {
        self.part = part
        self.path = path
    }
}
