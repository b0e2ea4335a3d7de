import CCurl
import Glibc

/// An easy handle with the state of its transfer. Belongs to one loop and is used for one exchange after the other;
/// only options that differ from the last exchange's are set again (measured: 26.0k against 28.9k requests a second
/// for new handles).
@safe
final class EasyHandle {
    /// Valid as long as this object.
    let easy: UnsafeMutableRawPointer
    /// Valid as long as this object; libcurl's callbacks write into it while the handle is in the multi handle.
    let transfer: UnsafeMutablePointer<ccurl_transfer>
    /// Owns this.
    unowned let loop: MultiLoop
    /// What runs on it; nil while it is free.
    var pending: PendingExchange?

    private var form: RequestForm?
    private var connectTimeout = Duration.zero
    private var maximumBytesPerSecond = 0
    private var receiveBufferInBytes = 0
    private var isFresh = false

    /// `clock` must stay valid as long as this object.
    init?(index: Int, clock: UnsafePointer<Int64>, loop: MultiLoop) {
        guard let easy = unsafe curl_easy_init() else { return nil }
        guard let transfer = unsafe ccurl_transfer_create(Int32(index), clock) else {
            unsafe curl_easy_cleanup(easy)
            return nil
        }
        self.loop = loop
        unsafe self.easy = easy
        unsafe self.transfer = transfer
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe ccurl_transfer_destroy(transfer)
    }

    /// Sets the handle up for `exchange`, which `Exchange.fault` has passed. Returns why it cannot be sent, or nil.
    func prepare(_ exchange: Exchange, in loop: MultiLoop) -> TransportError? {
        let size = exchange.bodySizeInBytes
        let form = RequestForm(method: exchange.method, bodySizeInBytes: size)
        if form != self.form { reset(to: form, in: loop) }
        var status = loadBody(exchange.body, size: size ?? 0, carriage: form.carriage)
        if status == CURLE_OK { status = setTarget(exchange, form: form) }
        guard status == CURLE_OK else { return failure(status) }
        setSink(exchange.sink)
        setReceiveBuffer(exchange.sink)
        setLimits(exchange)
        if let progress = exchange.progress { unsafe transfer.pointee.progress = progress.pointer }
        return nil
    }

    /// Ready for the next exchange.
    func clear() {
        pending = nil
        unsafe ccurl_transfer_clear(transfer)
    }

    private func reset(to form: RequestForm, in loop: MultiLoop) {
        unsafe curl_easy_reset(easy)
        connectTimeout = .zero
        maximumBytesPerSecond = 0
        receiveBufferInBytes = 0
        isFresh = false
        setConstants(in: loop)
        setForm(form)
        self.form = form
    }

    private func setForm(_ form: RequestForm) {
        switch form.carriage {
        case .none where form.method == .head: set(CURLOPT_NOBODY, 1)
        case .none: set(CURLOPT_HTTPGET, 1)
        case .inline: set(CURLOPT_POST, 1)
        case .streamed, .streamedOnConsent: set(CURLOPT_UPLOAD, 1)
        }
        let name: StaticString
        switch (form.method, form.carriage) {
        case (.get, _), (.head, _), (.post, .inline), (.put, .streamed), (.put, .streamedOnConsent): return
        case (.put, _): name = "PUT"
        case (.post, _): name = "POST"
        case (.patch, _): name = "PATCH"
        case (.delete, _): name = "DELETE"
        }
        name.withUTF8Buffer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { text in
                _ = unsafe ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, text.baseAddress)
            }
        }
    }

    /// Puts the body where its carriage takes it from; a small file is read here.
    private func loadBody(_ body: Exchange.Body, size: Int64, carriage: RequestForm.Carriage) -> CURLcode {
        unsafe transfer.pointee.source_size = size
        switch body {
        case .none: break
        case .bytes(let bytes):
            guard unsafe Self.append(bytes, to: &transfer.pointee.body) else { return CURLE_OUT_OF_MEMORY }
        case .file(let file):
            unsafe transfer.pointee.source = file.descriptor
            unsafe transfer.pointee.source_offset = file.offsetInBytes
        }
        switch carriage {
        case .none: break
        case .inline:
            if case .file = body, unsafe !ccurl_transfer_load(transfer) { return CURLE_READ_ERROR }
            // Without an address libcurl would ask the read callback instead, so there is always one.
            guard unsafe transfer.pointee.body.bytes != nil || ccurl_buffer_reserve(&transfer.pointee.body, 1) else {
                return CURLE_OUT_OF_MEMORY
            }
            _ = unsafe ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, Int(size))
            _ = unsafe ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, transfer.pointee.body.bytes)
        case .streamed, .streamedOnConsent:
            _ = unsafe ccurl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, Int(size))
        }
        return CURLE_OK
    }

    /// URL and header fields.
    private func setTarget(_ exchange: Exchange, form: RequestForm) -> CURLcode {
        let without: Int
        switch form.carriage {
        case .none, .streamedOnConsent: without = 0
        case .inline: without = ccurl_without_type
        case .streamed: without = ccurl_without_expect
        }
        var end: UInt8 = 0
        guard unsafe Self.append(exchange.headers.bytes, to: &transfer.pointee.lines),
            unsafe Self.append(exchange.url, to: &transfer.pointee.url),
            unsafe ccurl_buffer_append(&transfer.pointee.url, &end, 1),
            let list = unsafe ccurl_transfer_list(transfer, exchange.headers.count, Int32(without)),
            let url = unsafe transfer.pointee.url.bytes
        else { return CURLE_OUT_OF_MEMORY }
        let status = unsafe ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, list)
        return unsafe status == CURLE_OK ? ccurl_set_pointer(easy, CURLOPT_URL, url) : status
    }

    private static func append(_ bytes: [UInt8], to buffer: inout ccurl_buffer) -> Bool {
        unsafe bytes.withUnsafeBytes { unsafe ccurl_buffer_append(&buffer, $0.baseAddress, $0.count) }
    }

    private func setSink(_ sink: Exchange.Sink) {
        switch sink {
        case .collect(let limitInBytes):
            unsafe transfer.pointee.sink = ccurl_sink(ccurl_sink_collect)
            unsafe transfer.pointee.sink_limit = Int64(limitInBytes)
        case .file(let descriptor, let offset, let limit, let inspector):
            unsafe transfer.pointee.sink = ccurl_sink(ccurl_sink_file)
            unsafe transfer.pointee.sink_descriptor = descriptor
            unsafe transfer.pointee.sink_offset = offset
            unsafe transfer.pointee.sink_limit = limit
            if let inspector { attach(inspector) }
        case .discard:
            unsafe transfer.pointee.sink = ccurl_sink(ccurl_sink_discard)
        case .cut(let limitInBytes):
            unsafe transfer.pointee.sink = ccurl_sink(ccurl_sink_cut)
            unsafe transfer.pointee.sink_limit = Int64(limitInBytes)
        case .stream(let inspector):
            unsafe transfer.pointee.sink = ccurl_sink(ccurl_sink_discard)
            attach(inspector)
        }
    }

    /// The pending exchange holds the inspector for as long as libcurl may call it.
    private func attach(_ inspector: BodyInspector) {
        unsafe transfer.pointee.inspector = Unmanaged.passUnretained(inspector).toOpaque()
        unsafe transfer.pointee.inspect = BodyInspector.callback
    }

    /// Most that one read, and so one write to a file, takes. libcurl makes the buffer anew for each transfer.
    private func setReceiveBuffer(_ sink: Exchange.Sink) {
        var size = 16 << 10
        if case .file(_, _, let limit, _) = sink { size = Int(min(max(limit, 16 << 10), 256 << 10)) }
        guard size != receiveBufferInBytes else { return }
        receiveBufferInBytes = size
        set(CURLOPT_BUFFERSIZE, size)
    }

    private func setLimits(_ exchange: Exchange) {
        if connectTimeout != exchange.connectTimeout {
            connectTimeout = exchange.connectTimeout
            // Zero would mean libcurl's 300 s.
            let isLimited = connectTimeout > .zero
            set(CURLOPT_CONNECTTIMEOUT_MS, isLimited ? max(1, connectTimeout.milliseconds) : Int(Int32.max))
        }
        if maximumBytesPerSecond != exchange.maximumBytesPerSecond {
            maximumBytesPerSecond = exchange.maximumBytesPerSecond
            _ = unsafe ccurl_set_offset(easy, CURLOPT_MAX_SEND_SPEED_LARGE, maximumBytesPerSecond)
            _ = unsafe ccurl_set_offset(easy, CURLOPT_MAX_RECV_SPEED_LARGE, maximumBytesPerSecond)
        }
        if isFresh != exchange.freshConnection {
            isFresh = exchange.freshConnection
            set(CURLOPT_FRESH_CONNECT, isFresh ? 1 : 0)
        }
    }

    func set(_ option: CURLoption, _ value: Int) {
        _ = unsafe ccurl_set_long(easy, option, value)
    }
}

extension Duration {
    /// Whole ones, rounded down, at most a day.
    var milliseconds: Int {
        let (seconds, attoseconds) = min(self, .seconds(86_400)).components
        return Int(seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
    }
}
