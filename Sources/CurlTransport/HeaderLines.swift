/// The header fields of one request as contiguous `Name: value\0` lines: one growing allocation for all of them.
///
/// The loop points libcurl's list straight into a copy of these bytes, so no field costs an allocation of its own
/// (CURLOPT_HTTPHEADER manual page: libcurl keeps the pointers and copies nothing).
/// `Host`, `Content-Length` and `User-Agent` are added by libcurl; a line given here replaces libcurl's own.
package struct HeaderLines: Sendable {
    /// The lines, each ended by a zero byte.
    package private(set) var bytes: [UInt8] = []
    /// How many lines there are.
    package private(set) var count = 0
    /// False once a name or a value held a byte that would end the line or the field (RFC 9110, section 5.5).
    /// `Transport.perform` refuses such a request with `.invalidRequest`.
    package private(set) var isWellFormed = true

    package init(reservingBytes capacity: Int = 0) {
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    package mutating func append(name: StaticString, value: String) {
        appendName(name)
        appendValue(value.utf8)
    }

    package mutating func append(name: StaticString, value: [UInt8]) {
        appendName(name)
        appendValue(value)
    }

    package mutating func append(name: StaticString, value: StaticString) {
        appendName(name)
        value.withUTF8Buffer { unsafe appendValue($0) }
    }

    /// For names that are made at run time, such as `x-amz-meta-...`.
    package mutating func append(name: String, value: String) {
        appendName(name.utf8)
        appendValue(value.utf8)
    }

    /// For names that are made at run time, such as `x-amz-meta-...`.
    package mutating func append(name: [UInt8], value: [UInt8]) {
        appendName(name)
        appendValue(value)
    }

    private mutating func appendName(_ name: StaticString) {
        name.withUTF8Buffer { unsafe appendName($0) }
    }

    @inline(__always)
    private mutating func appendName(_ name: some Collection<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        if bytes.count == start { isWellFormed = false }
        for index in start..<bytes.count where !Self.isNameByte(bytes[index]) { isWellFormed = false }
    }

    /// An empty value is written `Name;`: `Name:` alone would take the field away (CURLOPT_HTTPHEADER manual page).
    @inline(__always)
    private mutating func appendValue(_ value: some Collection<UInt8>) {
        let colon = bytes.count
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: " "))
        let start = bytes.count
        bytes.append(contentsOf: value)
        var isBlank = true
        for index in start..<bytes.count {
            let byte = bytes[index]
            if byte < 0x20 && byte != 0x09 || byte == 0x7F { isWellFormed = false }
            if byte != 0x20 && byte != 0x09 { isBlank = false }
        }
        if isBlank {
            bytes.removeSubrange(colon...)
            bytes.append(UInt8(ascii: ";"))
        }
        bytes.append(0)
        count += 1
    }

    /// A byte of a field name that cannot end the name or the line: visible ASCII without `:` and `;`.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: ":") && byte != UInt8(ascii: ";")
    }
}
