// The system headers that CNettle exposes to Swift.
#include <nettle/sha2.h>
#include <nettle/version.h>

/// Writes the 32 bytes of a SHA-256; nettle 4 no longer asks how many are wanted.
static inline void cnettle_sha256_digest(struct sha256_ctx *context, uint8_t *digest) {
#if NETTLE_VERSION_MAJOR >= 4
    nettle_sha256_digest(context, digest);
#else
    nettle_sha256_digest(context, SHA256_DIGEST_SIZE, digest);
#endif
}
