/// What holds for all exchanges of one transport.
package struct TransportConfiguration: Sendable {
    /// Threads, each with its own connections. One carries about 10 Gbit/s of TLS.
    package var loops: Int
    /// At most so many exchanges at once on each loop; what comes above waits in order of arrival. libcurl slows down
    /// well beyond 256 (measured: 14,000 requests a second at 2,000 connections), which far stores hide: at 100 ms
    /// 2,000 connections carry 20,000 requests a second at most.
    package var connectionsPerLoop: Int
    /// What one step of a large upload reads and sends, 16 KiB to 2 MiB. Allocated per large upload in flight.
    package var uploadBufferInBytes = 256 << 10
    /// Certificates of the authorities to trust in place of the system's (PEM).
    package var caFile: String?
    /// `HOST:PORT:TO-HOST:TO-PORT` entries as in CURLOPT_CONNECT_TO; names and certificates stay those of HOST.
    package var connectTo: [String] = []
    /// An idle connection older than this is not used again: S3 closes after about 5 s.
    package var maximumConnectionAge: Duration = .seconds(4)
    /// How long a large upload waits for the server's consent (`Expect: 100-continue`) before it is sent all the same: what
    /// a server that knows no Expect costs each of them.
    package var consentTimeout: Duration = .milliseconds(250)
    /// A Unix socket that every connection goes to, whatever the URL's host says.
    package var socketPath: String?
    /// The proxy's URL; nil uses none, whatever the environment says.
    package var proxy: String?
    /// Asked for each address right before it is connected to, on the loop's thread; nil admits all of them.
    package var admits: (@Sendable (PeerAddress) -> Bool)?
    package var userAgent = "longshore/0.1"

    package init(loops: Int = 2, connectionsPerLoop: Int = 2_048, caFile: String? = nil) {
        self.loops = loops
        self.connectionsPerLoop = connectionsPerLoop
        self.caFile = caFile
    }
}
