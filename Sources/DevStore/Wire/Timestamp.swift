/// A moment in milliseconds since 1970, and the two ways S3 writes it.
package struct Timestamp: Hashable, Sendable, Codable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// Whole seconds; HTTP dates compare at this grain.
    var seconds: Int64 { milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000 }

    /// `2009-10-12T17:50:30.000Z`, as S3's XML has it.
    var iso8601: String {
        let date = civil
        let fraction = milliseconds - seconds * 1000
        return "\(date.year)-\(two(date.month))-\(two(date.day))T"
            + "\(two(date.hour)):\(two(date.minute)):\(two(date.second)).\(three(fraction))Z"
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
    var httpDate: String {
        let date = civil
        return "\(Self.weekdays[date.weekday]), \(two(date.day)) \(Self.months[date.month - 1]) \(date.year) "
            + "\(two(date.hour)):\(two(date.minute)):\(two(date.second)) GMT"
    }

    /// Reads the one form of an HTTP date that is sent today; nil for anything else.
    init?(httpDate text: String) {
        let fields = text.split(separator: " ")
        guard fields.count == 6, fields[5] == "GMT", let day = Int64(fields[1]), let year = Int64(fields[3]),
            let month = Self.months.firstIndex(of: String(fields[2]))
        else { return nil }
        let time = fields[4].split(separator: ":").compactMap { Int64($0) }
        guard time.count == 3 else { return nil }
        let days = Self.days(year: year, month: Int64(month + 1), day: day)
        self.init(milliseconds: (days * 86400 + time[0] * 3600 + time[1] * 60 + time[2]) * 1000)
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private struct Civil {
        var year, month, day, hour, minute, second, weekday: Int
    }

    /// Gregorian fields by Hinnant's `civil_from_days`: a year starts on 1 March, an era has 146,097 days.
    /// Day 0 is 1970-01-01, a Thursday; day 19,782 is 2024-02-29.
    private var civil: Civil {
        let total = seconds
        let days = total >= 0 ? total / 86400 : (total - 86399) / 86400
        let clock = Int(total - days * 86400)
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return Civil(
            year: Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), month: Int(month),
            day: Int(dayOfYear - (153 * marchMonth + 2) / 5 + 1), hour: clock / 3600, minute: clock / 60 % 60,
            second: clock % 60, weekday: Int(((days + 4) % 7 + 7) % 7))
    }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private func three(_ value: Int64) -> String { value < 10 ? "00\(value)" : value < 100 ? "0\(value)" : "\(value)" }
}
