/* curlmulti URL_BASE COUNT SIZE_BYTES CONC FILE|- [CAFILE] [BUFFER_KIB]
 * COUNT PUTs of SIZE bytes (from FILE at running offsets by pread, or from one
 * memory block with "-") over one libcurl multi handle in one thread, CONC at a
 * time, HTTP/1.1 keep-alive, unsigned, easy handles reused. The ceiling of a
 * single-threaded libcurl uploader. cc -O2 curlmulti.c -lcurl */
#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
struct job { CURL *h; long off, left; char url[512]; };
static int fd = -1; static char *mem; static long fsize; static const char *base; static long done, failed, started, count, size;
static size_t rd(char *p, size_t s, size_t n, void *u)
{
    struct job *j = u; long k = s * n; if (k > j->left) k = j->left;
    if (!k) return 0;
    if (fd >= 0) { k = pread(fd, p, k, j->off % fsize); if (k <= 0) return CURL_READFUNC_ABORT; }
    else memcpy(p, mem + (j->off & 0xfff), k > 65536 ? 65536 : k), k = k > 65536 ? 65536 : k;
    j->off += k; j->left -= k; return k;
}
static size_t wr(char *p, size_t s, size_t n, void *u) { (void) p; (void) u; return s * n; }
static void start(CURLM *m, struct job *j)
{
    long i = started++;
    j->off = fsize ? (i * size) % fsize : 0;
    j->left = fsize && fsize - j->off < size ? fsize - j->off : size;   /* the last part may be short */
    curl_easy_setopt(j->h, CURLOPT_INFILESIZE_LARGE, (curl_off_t) j->left);
    if (size >= 1 << 20) snprintf(j->url, sizeof j->url, "%s?uploadId=1&partNumber=%ld", base, i + 1);
    else snprintf(j->url, sizeof j->url, "%s/f%ld", base, i);
    curl_easy_setopt(j->h, CURLOPT_URL, j->url);
    curl_multi_add_handle(m, j->h);
}
int main(int c, char **v)
{
    if (c < 6) return 2;
    base = v[1]; count = atol(v[2]); size = atol(v[3]); int conc = atoi(v[4]);
    if (strcmp(v[5], "-")) { fd = open(v[5], O_RDONLY); fsize = lseek(fd, 0, SEEK_END); if (fd < 0) { perror(v[5]); return 1; } }
    else mem = calloc(1, 1 << 20);
    const char *ca = c > 6 && *v[6] ? v[6] : NULL; long buf = (c > 7 ? atol(v[7]) : 512) << 10;
    curl_global_init(CURL_GLOBAL_ALL);
    CURLM *m = curl_multi_init();
    curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, (long) conc);
    struct curl_slist *hs = NULL;
    hs = curl_slist_append(hs, "Expect:");
    hs = curl_slist_append(hs, "x-amz-content-sha256: UNSIGNED-PAYLOAD");
    hs = curl_slist_append(hs, "x-amz-date: 20240102T030405Z");
    hs = curl_slist_append(hs, "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240102/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000");
    struct timespec t0, t1; clock_gettime(CLOCK_MONOTONIC, &t0);
    struct job *js = calloc(conc, sizeof *js);
    for (int i = 0; i < conc && started < count; i++) {
        CURL *h = js[i].h = curl_easy_init();
        curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(h, CURLOPT_READFUNCTION, rd);
        curl_easy_setopt(h, CURLOPT_READDATA, &js[i]);
        curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, wr);
        curl_easy_setopt(h, CURLOPT_HTTPHEADER, hs);
        curl_easy_setopt(h, CURLOPT_UPLOAD_BUFFERSIZE, buf);
        curl_easy_setopt(h, CURLOPT_PRIVATE, &js[i]);
        curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
        if (ca) curl_easy_setopt(h, CURLOPT_CAINFO, ca);
        start(m, &js[i]);
    }
    int running = 1, q; CURLMsg *msg;
    while (done < count) {
        curl_multi_perform(m, &running);
        int freed = 0;
        while ((msg = curl_multi_info_read(m, &q))) {
            struct job *j; long code = 0; CURL *h = msg->easy_handle;
            curl_easy_getinfo(h, CURLINFO_PRIVATE, &j); curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &code);
            if (msg->data.result || code != 200) { failed++; if (failed < 4) fprintf(stderr, "%d %ld\n", msg->data.result, code); }
            curl_multi_remove_handle(m, h); done++; freed = 1;
            if (started < count) start(m, j);
        }
        if (!freed) curl_multi_poll(m, NULL, 0, 1000, NULL);
    }
    clock_gettime(CLOCK_MONOTONIC, &t1);
    struct rusage u; getrusage(RUSAGE_SELF, &u);
    double w = t1.tv_sec - t0.tv_sec + (t1.tv_nsec - t0.tv_nsec) / 1e9, g = (double) size * count / (1 << 30);
    double cpu = u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
    printf("%ld objects (%ld failed) %.3f GiB in %.2f s = %.0f objects/s, %.2f GiB/s; client CPU %.2f s (user %.2f sys %.2f) = %.3f ms/object, %.2f CPU-s/GiB\n",
        done, failed, g, w, done / w, g / w, cpu, u.ru_utime.tv_sec + u.ru_utime.tv_usec / 1e6, u.ru_stime.tv_sec + u.ru_stime.tv_usec / 1e6, cpu * 1000 / done, cpu / g);
    return failed != 0;
}
