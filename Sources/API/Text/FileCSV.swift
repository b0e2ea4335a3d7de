package import Model

/// The report as CSV (RFC 4180): UTF-8, lines end with CR LF.
package enum FileCSV {
    private static let columns =
        "path,key,size,state,skip_reason,etag,checksum,attempts,error_code,error_message,start_time,end_time"

    package static let header = Array((columns + "\r\n").utf8)

    package static func append(_ file: FileTransfer, _ naming: ObjectNaming, to bytes: inout [UInt8]) {
        field(file.path, to: &bytes)
        bytes.append(UInt8(ascii: ","))
        field(naming.key(forPath: file.path, isDirectoryMarker: file.isDirectoryMarker), to: &bytes)
        let rest: [String?] = [
            "\(file.size)", file.state.rawValue, file.skipReason, file.etag?.rawValue, file.checksum?.description,
            "\(file.attempts)", file.failure?.code.rawValue, file.failure?.message, file.startTime?.description,
            file.endTime?.description,
        ]
        for value in rest {
            bytes.append(UInt8(ascii: ","))
            if let value { field(Array(value.utf8), to: &bytes) }
        }
        bytes.append(text: "\r\n")
    }

    /// In quotes where it holds what separates; U+FFFD stands for each byte that is no UTF-8.
    private static func field(_ value: [UInt8], to bytes: inout [UInt8]) {
        let special = value.contains {
            $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 0x0A || $0 == 0x0D
        }
        if special { bytes.append(UInt8(ascii: "\"")) }
        var index = 0
        while index < value.count {
            let length = UTF8Scan.length(in: value, at: index)
            if length == 0 { bytes.append(text: "\u{FFFD}") } else { bytes += value[index..<index + length] }
            if value[index] == UInt8(ascii: "\"") { bytes.append(UInt8(ascii: "\"")) }
            index += max(1, length)
        }
        if special { bytes.append(UInt8(ascii: "\"")) }
    }
}
