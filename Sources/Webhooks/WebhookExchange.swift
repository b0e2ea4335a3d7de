import CurlTransport
import Model
import Storage

/// One attempt: the request as Standard Webhooks 1.0.0 has it, and what its answer means.
struct WebhookExchange: Sendable {
    /// Of an answer no more is read: all that counts is its status.
    static let mostRead = 64 << 10

    /// Nil where no host is allowed: then nothing is sent.
    private let transport: Transport?
    private let hosts: WebhookHosts
    private let signer: WebhookSigner
    private let timeout: Duration

    init(_ configuration: WebhookConfiguration) throws(TransportError) {
        hosts = configuration.hosts
        signer = WebhookSigner(configuration.secrets)
        timeout = configuration.timeout
        guard !hosts.isEmpty else {
            transport = nil
            return
        }
        var settings = TransportConfiguration(loops: 1, connectionsPerLoop: 64, caFile: configuration.caFile)
        settings.userAgent = configuration.userAgent
        let rule = AddressRule(allowing: configuration.networks)
        settings.admits = { rule.admits($0) }
        transport = try Transport(configuration: settings)
    }

    func send(_ delivery: DueDelivery, at time: Timestamp) async -> DeliveryVerdict {
        // The settings may have changed since it was written.
        let fault = hosts.fault(of: delivery.url)
        guard fault == nil, let transport else { return .failed(status: nil, error: fault ?? "", after: nil) }
        let request = request(of: delivery, at: time)
        do throws(TransportError) {
            return DeliveryVerdict(try await transport.perform(request))
        } catch {
            // A connection that the receiver has closed while it was idle, and which it never read from.
            guard error.code == .reset, error.reusedConnection else { return DeliveryVerdict(error) }
            var again = request
            again.freshConnection = true
            do throws(TransportError) {
                return DeliveryVerdict(try await transport.perform(again))
            } catch {
                return DeliveryVerdict(error)
            }
        }
    }

    func stop() async { await transport?.stop() }

    private func request(of delivery: DueDelivery, at time: Timestamp) -> Exchange {
        let seconds = time.microseconds / 1_000_000
        var headers = HeaderLines(reservingBytes: 512)
        headers.append(name: "content-type", value: "application/json" as StaticString)
        headers.append(name: "webhook-id", value: delivery.id)
        headers.append(name: "webhook-timestamp", value: String(seconds))
        headers.append(
            name: "webhook-signature",
            value: signer.signature(id: delivery.id, timestamp: seconds, body: delivery.body))
        if let trace = delivery.traceParent {
            var generator = SystemRandomNumberGenerator()
            headers.append(name: "traceparent", value: trace.child(using: &generator).text)
        }
        return Exchange(
            method: .post, url: Array(delivery.url.utf8), headers: headers, body: .bytes(delivery.body),
            sink: .cut(limitInBytes: Self.mostRead), connectTimeout: min(timeout, .seconds(10)),
            responseTimeout: timeout, totalTimeout: timeout)
    }
}
