/// A moment in whole seconds since 1970-01-01T00:00:00Z, without leap seconds, as signatures carry it.
package struct SigningTime: Sendable, Hashable, Comparable {
    package let secondsSince1970: Int64

    package init(secondsSince1970: Int64) {
        self.secondsSince1970 = secondsSince1970
    }

    /// Reads the basic form of ISO 8601 that AWS uses, `20130524T000000Z`; nil for anything else.
    package init?(_ text: some Collection<UInt8>) {
        let bytes = Array(text)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"),
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[4..<6]),
            let day = Self.number(bytes[6..<8]), let hour = Self.number(bytes[9..<11]),
            let minute = Self.number(bytes[11..<13]), let second = Self.number(bytes[13..<15]),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        guard (1...12).contains(month), CivilDate(daysSince1970: date.daysSince1970) == date else { return nil }
        self.init(secondsSince1970: date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second)
    }

    /// The day that a derived key is good for.
    package var daysSince1970: Int64 {
        secondsSince1970 >= 0 ? secondsSince1970 / 86_400 : (secondsSince1970 - 86_399) / 86_400
    }

    /// `20130524T000000Z`.
    package var basicFormat: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        appendBasicFormat(to: &bytes)
        return bytes
    }

    /// Appends `20130524T000000Z`.
    package func appendBasicFormat(to bytes: inout [UInt8]) {
        appendDay(to: &bytes)
        let second = secondsSince1970 - daysSince1970 * 86_400
        bytes.append(UInt8(ascii: "T"))
        Self.appendTwoDigits(second / 3600, to: &bytes)
        Self.appendTwoDigits(second / 60 % 60, to: &bytes)
        Self.appendTwoDigits(second % 60, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// Appends `20130524`.
    package func appendDay(to bytes: inout [UInt8]) {
        let date = CivilDate(daysSince1970: daysSince1970)
        Self.appendTwoDigits(date.year / 100, to: &bytes)
        Self.appendTwoDigits(date.year % 100, to: &bytes)
        Self.appendTwoDigits(date.month, to: &bytes)
        Self.appendTwoDigits(date.day, to: &bytes)
    }

    package static func < (first: SigningTime, second: SigningTime) -> Bool {
        first.secondsSince1970 < second.secondsSince1970
    }

    private static func appendTwoDigits(_ number: Int64, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10))
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var number: Int64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return number
    }
}
