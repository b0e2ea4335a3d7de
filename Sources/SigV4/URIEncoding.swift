/// AWS's UriEncode over raw bytes ("Create a signed AWS API request", step 1): everything but `A-Z a-z 0-9 - . _ ~` becomes
/// `%XY` with capital digits; a slash stays one in a path and is encoded in a query.
///
/// What is signed is what is sent, so keys go through here once, and never through a URL type.
package enum URIEncoding {
    /// Appends an object key (or another path) with its slashes kept.
    package static func appendPath(_ path: [UInt8], to target: inout [UInt8]) {
        append(path, to: &target, table: pathTable)
    }

    /// Appends a query's name or value.
    package static func appendQueryComponent(_ component: [UInt8], to target: inout [UInt8]) {
        append(component, to: &target, table: componentTable)
    }

    package static func path(_ path: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(path.count + 16)
        appendPath(path, to: &encoded)
        return encoded
    }

    package static func queryComponent(_ component: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(component.count + 16)
        appendQueryComponent(component, to: &encoded)
        return encoded
    }

    /// Undoes the encoding; a `%` without two hexadecimal digits behind it stays as it is.
    package static func decode(_ bytes: [UInt8], plusIsSpace: Bool = false) -> [UInt8] {
        if !bytes.contains(UInt8(ascii: "%")), !plusIsSpace { return bytes }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = Hexadecimal.value(of: bytes[index + 1]), let low = Hexadecimal.value(of: bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index += 1
            }
        }
        return decoded
    }

    /// Keys are mostly bytes that stay: those are appended run by run.
    private static func append(_ bytes: [UInt8], to target: inout [UInt8], table: [Bool]) {
        var runStart = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if table[Int(byte)] { continue }
            target.append(contentsOf: bytes[runStart..<index])
            target.append(UInt8(ascii: "%"))
            target.append(Hexadecimal.upperDigit(byte >> 4))
            target.append(Hexadecimal.upperDigit(byte & 15))
            runStart = index + 1
        }
        target.append(contentsOf: bytes[runStart...])
    }

    /// Whether a byte stays as it is.
    private static let componentTable = (0..<256).map { isUnreserved(UInt8($0)) }
    private static let pathTable = (0..<256).map { isUnreserved(UInt8($0)) || UInt8($0) == UInt8(ascii: "/") }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
