import API
import Testing

@testable import longshore

/// The line that a terminal shows.
struct ProgressBarTests {
    private let plain = Paint(isOn: false)

    private func job(_ change: (inout RemoteJob) -> Void = { _ in }) throws -> RemoteJob {
        var job = try #require(RemoteJob(try ClientSamples.document()))
        change(&job)
        return job
    }

    @Test(arguments: 1...220)
    func fitsItsWidthAndKeepsThePercentage(width: Int) throws {
        for state in ["running", "paused", "queued"] {
            for fraction in [nil, 0, 0.005, 0.43, 0.9999, 1] as [Double?] {
                let line = try ProgressBar(
                    job: job {
                        $0.state = state
                        $0.progress.fraction = fraction
                    }
                ).line(width: width, paint: plain)
                #expect(TextColumns.count(line) <= width, "\(line)")
                guard let fraction, width >= 20 else { continue }
                let percent = TextFormat.percent(millionths: Int(fraction * 1_000_000))
                #expect(line.contains(percent) && line.contains("[") && line.contains("]"), "\(line)")
            }
        }
    }

    @Test func showsMoreWhereThereIsMoreRoom() throws {
        let bar = ProgressBar(job: try job())
        let lines = [
            20: " 43.0 % [===>      ]",
            40: " 43.0 % [=====>          ]   118.5 MiB/s",
            80: " 43.0 % [=====>         ]   118.5 MiB/s         12 s left     1.2 GiB of 3.0 GiB",
            120: " 43.0 % [=============>                   ]   118.5 MiB/s         12 s left     1.2 GiB of 3.0 GiB"
                + "    400 of 1,000 files",
        ]
        for (width, line) in lines { #expect(bar.line(width: width, paint: plain) == line) }
    }

    @Test func whatIsOnItsWayMovesItButDoesNotFillIt() throws {
        func line(fraction: Double, inFlight: Int64) throws -> String {
            try ProgressBar(
                job: job {
                    $0.progress.fraction = fraction
                    $0.progress.bytesInFlight = inFlight
                }
            ).line(width: 80, paint: plain)
        }
        #expect(try line(fraction: 0.25, inFlight: 805_306_618).hasPrefix(" 50.0 %"))
        #expect(try line(fraction: 0.75, inFlight: 1 << 30).hasPrefix(" 99.9 %"))
        #expect(try line(fraction: 1, inFlight: 0).hasPrefix("100.0 %"))
    }

    @Test func fillsAsFarAsItIs() throws {
        func filled(_ fraction: Double) throws -> Int {
            let line = try ProgressBar(job: job { $0.progress.fraction = fraction }).line(width: 200, paint: plain)
            return line.count { $0 == "=" || $0 == ">" }
        }
        #expect(try filled(0) == 0 && filled(0.5) == 25 && filled(1) == 50)
        // Only the end fills it.
        #expect(try filled(0.9999) == 49)
    }

    @Test func doesNotJumpWhileFiguresGrow() throws {
        let widths = try [(0.01, 1), (0.1, 999), (0.43, 1_023 << 20), (0.99, 124_000_000)].map { fraction, rate in
            let bar = try ProgressBar(
                job: job {
                    $0.progress.fraction = fraction
                    $0.progress.bytesPerSecond = Int64(rate)
                    $0.progress.secondsLeft = Int64(1 / fraction)
                })
            return bar.line(width: 120, paint: plain).prefix { $0 != "]" }.count
        }
        #expect(Set(widths).count == 1)
    }

    @Test func saysWhyItDoesNotGoOn() throws {
        let paused = ProgressBar(job: try job { $0.state = "paused" }).line(width: 80, paint: plain)
        #expect(paused.contains("paused") && !paused.contains("/s"))
        let queued = ProgressBar(
            job: try job {
                $0.state = "queued"
                $0.queuePosition = 1_200
            }
        ).line(width: 80, paint: plain)
        #expect(queued.contains("queued, behind 1,200 jobs"))
        let waiting = try job {
            $0.waitingFor = "store_backoff"
            $0.progress.bytesPerSecond = 0
        }
        #expect(ProgressBar(job: waiting).line(width: 80, paint: plain).contains("waiting for the store"))
        var moving = waiting
        moving.take(try job().progress)
        #expect(ProgressBar(job: moving).line(width: 80, paint: plain).contains("/s"))
        #expect(ProgressBar(job: try job(), isConnected: false).line(width: 80, paint: plain).contains("no connection"))
        let failing = ProgressBar(job: try job { $0.progress.filesFailed = 2 }).line(width: 80, paint: plain)
        #expect(failing.contains("2 failed"))
        let scanning = ProgressBar(job: try job { $0.progress.fraction = nil }).line(width: 80, paint: plain)
        #expect(scanning.hasPrefix("scanning"))
    }

    @Test func coloursTakeNoColumns() throws {
        let bar = ProgressBar(job: try job { $0.progress.filesFailed = 2 })
        let painted = bar.line(width: 100, paint: Paint(isOn: true))
        #expect(painted.contains("\u{1B}[32m") && painted.contains("\u{1B}[31m2 failed\u{1B}[0m"))
        #expect(painted.replacing(/\u{1B}\[[0-9]+m/, with: "") == bar.line(width: 100, paint: plain))
    }

    @Test func aLogGetsASentence() throws {
        #expect(
            ProgressBar(job: try job()).sentence
                == "running, 43.0 %, 118.5 MiB/s, 12 s left, 1.2 GiB of 3.0 GiB, 400 of 1,000 files")
        #expect(
            ProgressBar(job: try job { $0.state = "paused" }).sentence
                == "paused, 43.0 %, 1.2 GiB of 3.0 GiB, 400 of 1,000 files")
    }

    @Test func theSummarySaysWhatWasMovedAndWhatNot() throws {
        let done = try #require(
            RemoteJob(
                try ClientSamples.document(
                    state: "succeeded", done: true, fraction: "1", files: #""total":1000,"succeeded":1000"#)))
        #expect(JobSummary(job: done).text(plain) == "Succeeded: 1,000 files, 1.2 GiB in 10.0 s, 128.0 MiB/s\n")
        var partial = try #require(
            RemoteJob(
                try ClientSamples.document(
                    state: "partially_succeeded", done: true, files: #""total":1000,"succeeded":988,"failed":12"#)))
        partial.errors = [
            try #require(
                RemoteFailure(
                    try JSONParser.parse(
                        Array(#"{"path":"a\nb","code":"ACCESS_DENIED","message":"The store refused it."}"#.utf8))))
        ]
        #expect(
            JobSummary(job: partial).text(plain) == """
                Partially succeeded: 988 of 1,000 files, 1.2 GiB in 10.0 s, 128.0 MiB/s, 12 failed
                  failed  a\\x0ab  ACCESS_DENIED  The store refused it.
                  and 11 more
                Once the cause is mended: longshore retry 01kjob

                """)
    }
}
