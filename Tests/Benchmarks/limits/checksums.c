/* checksums FILE [NAME ...]: reads FILE by pread in blocks of 256 KiB and sums it up, on one core; prints for each checksum
 * (crc32c, crc32, sha256, sha1, md5; `read` sums nothing) the CPU-seconds per GiB and the GiB a second.
 * What a client that checksums must at least spend on top of sending. */
#include <fcntl.h>
#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 256 << 10 };

static double cpu(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void measure(int fd, long long size, const char *name)
{
    static unsigned char block[BLOCK];
    const EVP_MD *digest = EVP_get_digestbyname(name);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned long long sum = 0;
    if (digest) EVP_DigestInit_ex(context, digest, NULL);
    double began = cpu();
    for (long long at = 0; at < size;) {
        ssize_t n = pread(fd, block, BLOCK, at);
        if (n <= 0) { perror("pread"); exit(1); }
        if (digest) EVP_DigestUpdate(context, block, n);
        else if (!strcmp(name, "crc32c")) sum = crc32_iscsi(block, n, sum);
        else if (!strcmp(name, "crc32")) sum = crc32_gzip_refl(sum, block, n);
        else if (strcmp(name, "read")) { fprintf(stderr, "no checksum %s\n", name); exit(2); }
        at += n;
    }
    double spent = cpu() - began, gib = (double) size / (1 << 30);
    printf("%s %.4f CPU-s/GiB, %.2f GiB/s (%llx)\n", name, spent / gib, gib / spent, sum);
    EVP_MD_CTX_free(context);
}

int main(int count, char **arguments)
{
    const char *all[] = { "read", "crc32c", "crc32", "sha256", "sha1", "md5" };
    struct stat status;
    int fd = count > 1 ? open(arguments[1], O_RDONLY) : -1;
    if (fd < 0 || fstat(fd, &status)) { perror(count > 1 ? arguments[1] : "usage: checksums FILE [NAME ...]"); return 2; }
    if (count > 2) for (int i = 2; i < count; i++) measure(fd, status.st_size, arguments[i]);
    else for (size_t i = 0; i < sizeof all / sizeof *all; i++) measure(fd, status.st_size, all[i]);
    return 0;
}
