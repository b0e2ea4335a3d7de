import Glibc

/// The time by which deadlines are kept, in whole milliseconds of the system's monotonic clock.
///
/// The coarse clock ticks every 4 ms or less and costs no system call, so it can be read for each request.
enum MonotonicTime {
    static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

extension Duration {
    /// Whole milliseconds, rounded up; never negative, and a year at most, so that sums cannot overflow.
    var milliseconds: Int64 {
        let year: Int64 = 365 * 24 * 3600 * 1000
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < year / 1000 else { return year }
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
