// How much memory the loader asks for, counted from outside by wrapping malloc.

import Foundation
import TestSupport
import Testing

@Suite("Memory of the loader")
struct AllocationTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        #expect(try Tool.run(Tool.prep, ["mnist", Fixtures.path("mnist"), "-o", folder("x")]).status == 0)
    }

    /// Counts calls of malloc, calloc and realloc, and prints the number at the end.
    private static let counter = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdatomic.h>
        #include <stdio.h>
        #include <stdlib.h>
        static atomic_long calls;
        extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
        void *malloc(size_t size) { atomic_fetch_add(&calls, 1); return __libc_malloc(size); }
        void *calloc(size_t n, size_t size) { atomic_fetch_add(&calls, 1); return __libc_calloc(n, size); }
        void *realloc(void *p, size_t size) { atomic_fetch_add(&calls, 1); return __libc_realloc(p, size); }
        __attribute__((destructor)) static void print(void) { fprintf(stderr, "calls %ld\\n", calls); }
        """

    private func allocations(epochs: Int, batch: Int, _ more: String...) throws -> Int {
        let arguments =
            [
                "LD_PRELOAD=\(folder("count.so"))", Tool.prep, "bench", folder("x"), "--epochs",
                String(epochs), "--batch", String(batch),
            ] + more
        let result = try Tool.run("/usr/bin/env", arguments)
        #expect(result.status == 0)
        let line = result.errors.split(separator: "\n").last { $0.hasPrefix("calls ") }
        return try #require(line.flatMap { Int($0.dropFirst(6)) })
    }

    @Test(
        "a batch costs no allocation: ten times as many batches, no more calls",
        arguments: [["--format", "u8"], ["--format", "float"], ["--augment", "rotate=10,shift=2"]])
    func steadyState(arguments: [String]) throws {
        try folder.write("count.c", Array(Self.counter.utf8))
        let compiled = try Tool.run(
            "clang", ["-O1", "-shared", "-fPIC", folder("count.c"), "-o", folder("count.so")])
        #expect(compiled.status == 0, "\(compiled.errors)")
        // 1,120 samples: 12 batches an epoch against 112, over 20 epochs.
        let few = try allocations(epochs: 20, batch: 96, arguments[0], arguments[1])
        let many = try allocations(epochs: 20, batch: 10, arguments[0], arguments[1])
        print("\(arguments): \(few) allocations with 240 batches, \(many) with 2,240")
        #expect(Double(many - few) / 2000 < 0.05)
    }
}
