// The least work that preparing an archive of JPEGs needs: libarchive reads every entry and, with
// `decode`, TurboJPEG decodes it to RGB with the accurate DCT. One thread; results are thrown away.
//
// Usage: floor read|decode ARCHIVE
// Prints the number of entries that were read or decoded.

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

/// A buffer that never shrinks, so that allocation hardly counts in the measured time.
struct buffer {
    unsigned char *bytes;
    size_t capacity;
};

static void fail(const char *what, const char *why) {
    fprintf(stderr, "floor: %s: %s\n", what, why ? why : "unknown error");
    exit(1);
}

static void reserve(struct buffer *buffer, size_t size) {
    if (size <= buffer->capacity) return;
    unsigned char *bytes = realloc(buffer->bytes, size);
    if (!bytes) fail("memory", "cannot allocate");
    buffer->bytes = bytes;
    buffer->capacity = size;
}

/// Reads the whole current entry, even if its header does not state the size. Returns its length.
static size_t read_entry(struct archive *archive, struct archive_entry *entry, struct buffer *file) {
    size_t length = 0;
    reserve(file, (size_t)archive_entry_size(entry) + 1);
    for (;;) {
        la_ssize_t count = archive_read_data(archive, file->bytes + length, file->capacity - length);
        if (count < 0) fail(archive_entry_pathname(entry), archive_error_string(archive));
        if (count == 0) return length;
        length += (size_t)count;
        if (length == file->capacity) reserve(file, 2 * length);
    }
}

/// Decodes a JPEG to interleaved RGB, rows of width * 3 bytes. Returns 0 if the file is no JPEG.
static int decode(tjhandle handle, const struct buffer *file, size_t length, struct buffer *pixels) {
    int width, height, subsampling, colorspace;
    if (tjDecompressHeader3(handle, file->bytes, length, &width, &height, &subsampling, &colorspace)) {
        return 0;
    }
    reserve(pixels, (size_t)width * (size_t)height * 3);
    return !tjDecompress2(handle, file->bytes, length, pixels->bytes, width, 0, height, TJPF_RGB,
                          TJFLAG_ACCURATEDCT);
}

int main(int count, char **arguments) {
    if (count != 3 || (strcmp(arguments[1], "read") && strcmp(arguments[1], "decode"))) {
        fprintf(stderr, "usage: floor read|decode ARCHIVE\n");
        return 64;
    }
    int decodes = !strcmp(arguments[1], "decode");
    struct archive *archive = archive_read_new();
    archive_read_support_filter_all(archive);
    archive_read_support_format_all(archive);
    if (archive_read_open_filename(archive, arguments[2], 1 << 20) != ARCHIVE_OK) {
        fail(arguments[2], archive_error_string(archive));
    }
    tjhandle handle = tjInitDecompress();
    struct buffer file = {0}, pixels = {0};
    struct archive_entry *entry;
    long images = 0;
    int status;
    while ((status = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
        if (archive_entry_filetype(entry) != AE_IFREG) continue;
        size_t length = read_entry(archive, entry, &file);
        images += decodes ? decode(handle, &file, length, &pixels) : 1;
    }
    if (status != ARCHIVE_EOF) fail(arguments[2], archive_error_string(archive));
    printf("{\"samples\": %ld}\n", images);
    tjDestroy(handle);
    archive_read_free(archive);
    free(file.bytes);
    free(pixels.bytes);
    return 0;
}
