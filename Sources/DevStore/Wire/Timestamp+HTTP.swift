import Model

extension Timestamp {
    /// Whole seconds; HTTP dates compare at this grain.
    var seconds: Int64 {
        microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
    }

    init(seconds: Int64) {
        self.init(microseconds: seconds * 1_000_000)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7), taken apart from the RFC 3339 form.
    var httpDate: String {
        let text = description
        let fields = text.split { "-T:.Z".contains($0) }
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        // Day 0 of 1970 was a Thursday.
        let weekday = Self.weekdays[Int(((days + 4) % 7 + 7) % 7)]
        let month = Self.months[(Int(fields[1]) ?? 1) - 1]
        return "\(weekday), \(fields[2]) \(month) \(fields[0]) \(fields[3]):\(fields[4]):\(fields[5]) GMT"
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
        self.init(seconds: days * 86_400 + time[0] * 3_600 + time[1] * 60 + time[2])
    }

    /// Hinnant's `days_from_civil`: a year starts on 1 March, an era has 146,097 days. 2024-02-29 is day 19,782.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
