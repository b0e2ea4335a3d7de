import Model
import SigV4

extension Timestamp {
    /// From a list's `2024-02-29T12:34:56.000Z` or a program's `2024-02-29T12:34:56+01:00` (ISO 8601); nil for anything
    /// else.
    init?(iso8601 text: [UInt8]) {
        guard text.count >= 20 else { return nil }
        if text.last != UInt8(ascii: "Z") {
            guard let offset = Self.offsetInSeconds(text.suffix(6)),
                let local = Timestamp(iso8601: text.dropLast(6) + [UInt8(ascii: "Z")])
            else { return nil }
            self.init(microseconds: local.microseconds - offset * 1_000_000)
            return
        }
        var basic: [UInt8] = []
        basic.reserveCapacity(16)
        for field in [0..<4, 5..<7, 8..<13, 14..<16, 17..<19] { basic += text[field] }
        basic.append(UInt8(ascii: "Z"))
        guard let time = SigningTime(basic) else { return nil }
        var microseconds: Int64 = 0
        var digits = 0
        for digit in text[19..<(text.count - 1)].dropFirst() where digits < 6 {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            microseconds = microseconds * 10 + Int64(digit - UInt8(ascii: "0"))
            digits += 1
        }
        while digits < 6 {
            microseconds *= 10
            digits += 1
        }
        self.init(microseconds: time.secondsSince1970 * 1_000_000 + microseconds)
    }

    /// East of Greenwich, from `+01:00`.
    private static func offsetInSeconds(_ zone: ArraySlice<UInt8>) -> Int64? {
        let text = String(decoding: zone, as: UTF8.self)
        guard let sign = text.first, sign == "+" || sign == "-", text.dropFirst(3).first == ":",
            let hours = UInt8(text.dropFirst().prefix(2)), let minutes = UInt8(text.suffix(2)), hours < 24, minutes < 60
        else { return nil }
        let seconds = Int64(hours) * 3600 + Int64(minutes) * 60
        return sign == "-" ? -seconds : seconds
    }

    /// From a header's `Thu, 29 Feb 2024 12:34:56 GMT` (RFC 9110, section 5.6.7); nil for anything else.
    init?(httpDate text: String) {
        let fields = text.split(separator: " ")
        guard fields.count == 6, fields[5] == "GMT", let month = Self.months.firstIndex(of: String(fields[2])),
            fields[1].utf8.count == 2, fields[3].utf8.count == 4
        else { return nil }
        let monthDigits = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        let clock = fields[4].filter { $0 != ":" }
        guard let time = SigningTime("\(fields[3])\(monthDigits)\(fields[1])T\(clock)Z".utf8) else { return nil }
        self.init(microseconds: time.secondsSince1970 * 1_000_000)
    }

    /// As signatures need it.
    var signingTime: SigningTime {
        SigningTime(secondsSince1970: microseconds / 1_000_000)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
