import CurlTransport
import Glibc

/// Prints what the transport alone can do against a sink; asserts nothing but the status of each reply.
///
///     TransportBenchmark puts URL [COUNT] [IN-FLIGHT] [SIZE] [LOOPS]               small PUTs from memory
///     TransportBenchmark upload URL FILE [TIMES] [IN-FLIGHT] [PART-MIB] [LOOPS]    parts of a file by pread
///     TransportBenchmark gets URL [COUNT] [IN-FLIGHT] [LOOPS]                      whole replies, thrown away
///
/// LONGSHORE_CA names a file of authorities for https.
@main
struct TransportBenchmark {
    struct UnexpectedStatus: Error { let status: Int }

    private let arguments = CommandLine.arguments
    private let url: String
    private let clock = ContinuousClock()

    static func main() async throws {
        guard CommandLine.arguments.count >= 3 else {
            print("usage: TransportBenchmark puts|upload|gets URL ...")
            exit(2)
        }
        let benchmark = TransportBenchmark(url: CommandLine.arguments[2])
        switch CommandLine.arguments[1] {
        case "puts": try await benchmark.puts()
        case "upload": try await benchmark.upload(CommandLine.arguments[3])
        default: try await benchmark.gets()
        }
    }

    private init(url: String) {
        self.url = url
    }

    private func puts() async throws {
        let (count, inFlight, size) = (number(3, 100_000), number(4, 64), number(5, 4096))
        let (url, lines, body) = (url, Self.headers(), [UInt8](repeating: 7, count: size))
        try await measure("puts", loops: 6, count: count, bytes: count * size, inFlight: inFlight) { index in
            Exchange(method: .put, url: Array("\(url)/bench/\(index)".utf8), headers: lines, body: .bytes(body))
        }
    }

    private func upload(_ path: String) async throws {
        let descriptor = unsafe open(path, O_RDONLY)
        let size = Int(lseek(descriptor, 0, SEEK_END))
        let (times, inFlight, part) = (number(4, 4), number(5, 8), number(6, 8) << 20)
        let parts = (size + part - 1) / part
        let (url, lines) = (url, Self.headers())
        try await measure("upload", loops: 7, count: parts * times, bytes: size * times, inFlight: inFlight) { index in
            let offset = index % parts * part
            let body = FileBody(
                descriptor: descriptor, offsetInBytes: Int64(offset), sizeInBytes: Int64(min(part, size - offset)))
            let target = Array("\(url)/bench/file?partNumber=\(index % parts + 1)&uploadId=u".utf8)
            return Exchange(method: .put, url: target, headers: lines, body: .file(body))
        }
    }

    private func gets() async throws {
        let (count, target) = (number(3, 1000), Array(url.utf8))
        try await measure("gets", loops: 5, count: count, bytes: 0, inFlight: number(4, 64)) { _ in
            Exchange(method: .get, url: target, sink: .discard)
        }
    }

    /// Performs `count` exchanges, `inFlight` at a time, and prints the figures.
    private func measure(
        _ label: String, loops: Int, count: Int, bytes: Int, inFlight: Int, make: @escaping @Sendable (Int) -> Exchange
    ) async throws {
        var configuration = TransportConfiguration()
        configuration.loops = number(loops, configuration.loops)
        configuration.caFile = unsafe getenv("LONGSHORE_CA").map { unsafe String(cString: $0) }
        let transport = try Transport(configuration: configuration)
        let (start, processorBefore) = (clock.now, Self.usage().processor)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<inFlight {
                group.addTask {
                    for index in stride(from: lane, to: count, by: inFlight) {
                        let reply = try await transport.perform(make(index))
                        guard reply.status == 200 else { throw UnexpectedStatus(status: reply.status) }
                    }
                }
            }
            try await group.waitForAll()
        }
        let wall = clock.now - start
        let (processor, peak) = Self.usage()
        let seconds = wall / .seconds(1)
        let each = Int((processor - processorBefore) / .microseconds(1)) / count
        let (rate, mebibytes) = (Int(Double(count) / seconds), Int(Double(bytes) / seconds / 1_048_576))
        print("\(label): \(rate)/s, \(mebibytes) MiB/s, \(each) us CPU each, peak RSS \(peak) MiB, \(wall)")
        await transport.stop()
    }

    private func number(_ index: Int, _ otherwise: Int) -> Int {
        index < arguments.count ? Int(arguments[index]) ?? otherwise : otherwise
    }

    /// Of this process: user and system time, and the most memory in MiB.
    private static func usage() -> (processor: Duration, peakInMiB: Int) {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        let processor = Duration.seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + .microseconds(microseconds)
        return (processor, usage.ru_maxrss / 1024)
    }

    /// About as many as a signed request to S3 has.
    private static func headers() -> HeaderLines {
        var lines = HeaderLines(reservingBytes: 512)
        let credential = "Credential=AKIDEXAMPLE/20260101/us-east-1/s3/aws4_request"
        let hash = String(repeating: "0123456789abcdef", count: 4)
        lines.append(
            name: "Authorization",
            value: "AWS4-HMAC-SHA256 \(credential),SignedHeaders=host;x-amz-date,Signature=\(hash)")
        lines.append(name: "x-amz-content-sha256", value: hash)
        lines.append(name: "x-amz-date", value: "20260101T000000Z")
        lines.append(name: "x-amz-checksum-crc32c", value: "AAAAAA==")
        lines.append(name: "Content-Type", value: "application/octet-stream")
        return lines
    }
}
