// oneDNN behind a handful of functions. `make_descriptor` is what differs between its versions 2 and 3.

#include "CConvolution.h"
#include <dlfcn.h>
#include <dnnl.h>
#include <stdlib.h>

#define TRY(call)                                                                                            \
    do {                                                                                                     \
        dnnl_status_t status_ = (call);                                                                      \
        if (status_ != dnnl_success) return (int)status_;                                                    \
    } while (0)

enum { PASSES = 3, MAX_ARGUMENTS = 4, SCRATCH_ALIGNMENT = 64 };

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t layout;
#else
typedef const dnnl_memory_desc_t *layout;
#endif

// A primitive and the memory that it works in. Left to itself oneDNN keeps that memory by thread, for the
// thread that made the primitive alone; ours are made by one thread and run by another.
typedef struct {
    dnnl_primitive_t primitive;
    dnnl_memory_t scratch;
} kernel;

struct convolution {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_desc_t descriptors[PASSES];
    kernel passes[PASSES];
    kernel pack[PASSES];
    // One after the other, so all kernels share it.
    void *scratch;
    size_t scratch_bytes;
    // Source and destination of each pack, and the weights of each pass.
    dnnl_memory_t plain, packed[PASSES];
    dnnl_memory_t input, output, bias;
};

void convolution_use_one_thread(void) {
    // oneDNN's threads are OpenMP's where it was built so. The setting is the calling thread's own.
    static void (*set_threads)(int);
    static int looked;
    if (!__atomic_load_n(&looked, __ATOMIC_ACQUIRE)) {
        *(void **)&set_threads = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
        __atomic_store_n(&looked, 1, __ATOMIC_RELEASE);
    }
    if (set_threads) set_threads(1);
}

// MARK: What differs between versions

#if DNNL_VERSION_MAJOR >= 3

typedef struct {
    dnnl_memory_desc_t input, weights, output, bias, plain;
} layouts;

static int make_layout(dnnl_memory_desc_t *result, int rank, const dnnl_dim_t *dims, dnnl_format_tag_t tag) {
    return (int)dnnl_memory_desc_create_with_tag(result, rank, dims, dnnl_f32, tag);
}

static void release_layout(dnnl_memory_desc_t layout) { dnnl_memory_desc_destroy(layout); }

static int make_descriptor(struct convolution *self, int pass, const layouts *l, const dnnl_dim_t *strides,
                           const dnnl_dim_t *low, const dnnl_dim_t *high, dnnl_primitive_attr_t attributes) {
    const dnnl_dims_t dilation = {0, 0};
    dnnl_primitive_desc_t hint = self->descriptors[0];
    switch (pass) {
    case convolution_for_forward:
        return (int)dnnl_convolution_forward_primitive_desc_create(
            &self->descriptors[pass], self->engine, dnnl_forward_training, dnnl_convolution_direct, l->input,
            l->weights, l->bias, l->output, strides, dilation, low, high, attributes);
    case convolution_for_input_gradient:
        return (int)dnnl_convolution_backward_data_primitive_desc_create(
            &self->descriptors[pass], self->engine, dnnl_convolution_direct, l->input, l->weights, l->output,
            strides, dilation, low, high, hint, attributes);
    default:
        return (int)dnnl_convolution_backward_weights_primitive_desc_create(
            &self->descriptors[pass], self->engine, dnnl_convolution_direct, l->input, l->weights, l->bias,
            l->output, strides, dilation, low, high, hint, attributes);
    }
}

static int append_relu(dnnl_post_ops_t operations) {
    return (int)dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_relu, 0, 0);
}

static int set_data(struct convolution *self, dnnl_memory_t memory, const void *data) {
    (void)self;
    return (int)dnnl_memory_set_data_handle(memory, (void *)data);
}

#else

typedef struct {
    dnnl_memory_desc_t input, weights, output, bias, plain;
} layouts;

static int make_layout(dnnl_memory_desc_t *result, int rank, const dnnl_dim_t *dims, dnnl_format_tag_t tag) {
    return (int)dnnl_memory_desc_init_by_tag(result, rank, dims, dnnl_f32, tag);
}

static void release_layout(dnnl_memory_desc_t layout) { (void)layout; }

static int make_descriptor(struct convolution *self, int pass, const layouts *l, const dnnl_dim_t *strides,
                           const dnnl_dim_t *low, const dnnl_dim_t *high, dnnl_primitive_attr_t attributes) {
    dnnl_convolution_desc_t operation;
    dnnl_primitive_desc_t hint = pass == convolution_for_forward ? NULL : self->descriptors[0];
    switch (pass) {
    case convolution_for_forward:
        TRY(dnnl_convolution_forward_desc_init(&operation, dnnl_forward_training, dnnl_convolution_direct,
                                               &l->input, &l->weights, &l->bias, &l->output, strides, low,
                                               high));
        break;
    case convolution_for_input_gradient:
        TRY(dnnl_convolution_backward_data_desc_init(&operation, dnnl_convolution_direct, &l->input,
                                                     &l->weights, &l->output, strides, low, high));
        break;
    default:
        TRY(dnnl_convolution_backward_weights_desc_init(&operation, dnnl_convolution_direct, &l->input,
                                                        &l->weights, &l->bias, &l->output, strides, low,
                                                        high));
    }
    return (int)dnnl_primitive_desc_create(&self->descriptors[pass], &operation, attributes, self->engine,
                                           hint);
}

static int append_relu(dnnl_post_ops_t operations) {
    return (int)dnnl_post_ops_append_eltwise(operations, 1.0f, dnnl_eltwise_relu, 0, 0);
}

static int set_data(struct convolution *self, dnnl_memory_t memory, const void *data) {
    return (int)dnnl_memory_set_data_handle_v2(memory, (void *)data, self->stream);
}

#endif

#if DNNL_VERSION_MAJOR >= 3
#define DESCRIPTION(layout) (layout)
#else
#define DESCRIPTION(layout) (&(layout))
#endif

static layout query(const struct convolution *self, int pass, dnnl_query_t what) {
    return dnnl_primitive_desc_query_md(self->descriptors[pass], what, 0);
}

// MARK: Creation

static const dnnl_query_t weights_query[PASSES] = {dnnl_query_weights_md, dnnl_query_weights_md,
                                                   dnnl_query_diff_weights_md};

static int make_layouts(const convolution_shape *s, layouts *l) {
    const dnnl_dims_t in = {s->batch, s->in_channels, s->in_height, s->in_width};
    const dnnl_dims_t out = {s->batch, s->out_channels,
                               s->in_height + s->pad_top + s->pad_bottom - s->kernel_height + 1,
                               s->in_width + s->pad_left + s->pad_right - s->kernel_width + 1};
    const dnnl_dims_t weights = {s->out_channels, s->in_channels, s->kernel_height, s->kernel_width};
    const dnnl_dims_t bias = {s->out_channels};
    TRY(make_layout(&l->input, 4, in, dnnl_nhwc));
    TRY(make_layout(&l->output, 4, out, dnnl_nhwc));
    TRY(make_layout(&l->weights, 4, weights, dnnl_format_tag_any));
    TRY(make_layout(&l->plain, 4, weights, dnnl_oihw));
    return make_layout(&l->bias, 1, bias, dnnl_x);
}

static int fuse_relu(dnnl_primitive_attr_t attributes) {
    dnnl_post_ops_t operations;
    TRY(dnnl_post_ops_create(&operations));
    int status = append_relu(operations);
    if (!status) status = (int)dnnl_primitive_attr_set_post_ops(attributes, operations);
    dnnl_post_ops_destroy(operations);
    return status;
}

// Attributes of a kernel that works in memory of ours.
static int make_attributes(dnnl_primitive_attr_t *result, int fused_relu) {
    TRY(dnnl_primitive_attr_create(result));
    int status = (int)dnnl_primitive_attr_set_scratchpad_mode(*result, dnnl_scratchpad_mode_user);
    if (!status && fused_relu) status = fuse_relu(*result);
    if (status) dnnl_primitive_attr_destroy(*result);
    return status;
}

static int make_kernel(struct convolution *self, kernel *result, dnnl_primitive_desc_t descriptor) {
    TRY(dnnl_primitive_create(&result->primitive, descriptor));
    layout scratch = dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0);
    const size_t bytes = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
    if (!bytes) return 0;
    if (bytes > self->scratch_bytes) self->scratch_bytes = bytes;
    return (int)dnnl_memory_create(&result->scratch, scratch, self->engine, DNNL_MEMORY_NONE);
}

static int make_pack(struct convolution *self, int pass, const layouts *l, dnnl_primitive_attr_t attributes) {
    layout weights = query(self, pass, weights_query[pass]);
    TRY(dnnl_memory_create(&self->packed[pass], weights, self->engine, DNNL_MEMORY_NONE));
    // Weights go from plain to packed, gradients back.
    int is_gradient = pass == convolution_weight_gradient;
    dnnl_primitive_desc_t reorder;
    TRY(dnnl_reorder_primitive_desc_create(&reorder, is_gradient ? weights : DESCRIPTION(l->plain),
                                           self->engine, is_gradient ? DESCRIPTION(l->plain) : weights,
                                           self->engine, attributes));
    int status = make_kernel(self, &self->pack[pass], reorder);
    dnnl_primitive_desc_destroy(reorder);
    return status;
}

static int make_pass(struct convolution *self, int pass, const convolution_shape *s, const layouts *l,
                     int fused_relu) {
    const dnnl_dims_t strides = {1, 1}, low = {s->pad_top, s->pad_left},
                     high = {s->pad_bottom, s->pad_right};
    dnnl_primitive_attr_t attributes;
    TRY(make_attributes(&attributes, pass == convolution_for_forward && fused_relu));
    int status = make_descriptor(self, pass, l, strides, low, high, attributes);
    dnnl_primitive_attr_destroy(attributes);
    if (status) return status;
    TRY(make_kernel(self, &self->passes[pass], self->descriptors[pass]));
    TRY(make_attributes(&attributes, 0));
    status = make_pack(self, pass, l, attributes);
    dnnl_primitive_attr_destroy(attributes);
    return status;
}

// After all kernels are made, and their needs known.
static int make_scratch(struct convolution *self) {
    if (!self->scratch_bytes) return 0;
    const size_t rounded = (self->scratch_bytes + SCRATCH_ALIGNMENT - 1) / SCRATCH_ALIGNMENT * SCRATCH_ALIGNMENT;
    self->scratch = aligned_alloc(SCRATCH_ALIGNMENT, rounded);
    if (!self->scratch) return (int)dnnl_out_of_memory;
    for (int pass = 0; pass < PASSES; pass++) {
        kernel kernels[] = {self->passes[pass], self->pack[pass]};
        for (int i = 0; i < 2; i++)
            if (kernels[i].scratch) TRY(set_data(self, kernels[i].scratch, self->scratch));
    }
    return 0;
}

static int make_all(struct convolution *self, const convolution_shape *s, const layouts *l, int fused_relu,
                    int input_gradient) {
    TRY(dnnl_engine_create(&self->engine, dnnl_cpu, 0));
    TRY(dnnl_stream_create(&self->stream, self->engine, dnnl_stream_default_flags));
    TRY(dnnl_memory_create(&self->plain, DESCRIPTION(l->plain), self->engine, DNNL_MEMORY_NONE));
    TRY(dnnl_memory_create(&self->input, DESCRIPTION(l->input), self->engine, DNNL_MEMORY_NONE));
    TRY(dnnl_memory_create(&self->output, DESCRIPTION(l->output), self->engine, DNNL_MEMORY_NONE));
    TRY(dnnl_memory_create(&self->bias, DESCRIPTION(l->bias), self->engine, DNNL_MEMORY_NONE));
    for (int pass = 0; pass < PASSES; pass++) {
        if (pass == convolution_for_input_gradient && !input_gradient) continue;
        int status = make_pass(self, pass, s, l, fused_relu);
        if (status) return status;
    }
    return make_scratch(self);
}

int convolution_create(const convolution_shape *shape, int fused_relu, int input_gradient,
                       convolution **result) {
    convolution_use_one_thread();
    struct convolution *self = calloc(1, sizeof *self);
    if (!self) return (int)dnnl_out_of_memory;
    layouts l = {0};
    int status = make_layouts(shape, &l);
    if (!status) status = make_all(self, shape, &l, fused_relu, input_gradient);
    release_layout(l.input);
    release_layout(l.weights);
    release_layout(l.output);
    release_layout(l.bias);
    release_layout(l.plain);
    if (status) {
        convolution_destroy(self);
        return status;
    }
    *result = self;
    return 0;
}

static void destroy_kernel(kernel kernel) {
    if (kernel.primitive) dnnl_primitive_destroy(kernel.primitive);
    if (kernel.scratch) dnnl_memory_destroy(kernel.scratch);
}

void convolution_destroy(convolution *self) {
    if (!self) return;
    for (int pass = 0; pass < PASSES; pass++) {
        destroy_kernel(self->pack[pass]);
        destroy_kernel(self->passes[pass]);
        if (self->descriptors[pass]) dnnl_primitive_desc_destroy(self->descriptors[pass]);
        if (self->packed[pass]) dnnl_memory_destroy(self->packed[pass]);
    }
    dnnl_memory_t memories[] = {self->plain, self->input, self->output, self->bias};
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
        if (memories[i]) dnnl_memory_destroy(memories[i]);
    if (self->stream) dnnl_stream_destroy(self->stream);
    if (self->engine) dnnl_engine_destroy(self->engine);
    free(self->scratch);
    free(self);
}

// MARK: Use

typedef struct {
    int argument;
    dnnl_memory_t memory;
    const void *data;
} binding;

static int run(struct convolution *self, kernel kernel, int count, const binding *bindings) {
    dnnl_exec_arg_t arguments[MAX_ARGUMENTS + 1];
    for (int i = 0; i < count; i++) {
        TRY(set_data(self, bindings[i].memory, bindings[i].data));
        arguments[i] = (dnnl_exec_arg_t){bindings[i].argument, bindings[i].memory};
    }
    if (kernel.scratch) arguments[count++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, kernel.scratch};
    return (int)dnnl_primitive_execute(kernel.primitive, self->stream, count, arguments);
}

size_t convolution_packed_bytes(const convolution *self, convolution_order order) {
    return self->descriptors[order] ? dnnl_memory_desc_get_size(query(self, order, weights_query[order])) : 0;
}

int convolution_pack(convolution *self, convolution_order order, const float *weights, float *packed) {
    const binding bindings[] = {{DNNL_ARG_FROM, self->plain, weights},
                                {DNNL_ARG_TO, self->packed[order], packed}};
    return run(self, self->pack[order], 2, bindings);
}

int convolution_unpack_gradient(convolution *self, const float *packed, float *gradient) {
    const binding bindings[] = {{DNNL_ARG_FROM, self->packed[convolution_weight_gradient], packed},
                                {DNNL_ARG_TO, self->plain, gradient}};
    return run(self, self->pack[convolution_weight_gradient], 2, bindings);
}

int convolution_forward(convolution *self, const float *input, const float *packed, const float *bias,
                        float *output) {
    const binding bindings[] = {{DNNL_ARG_SRC, self->input, input},
                                {DNNL_ARG_WEIGHTS, self->packed[convolution_for_forward], packed},
                                {DNNL_ARG_BIAS, self->bias, bias},
                                {DNNL_ARG_DST, self->output, output}};
    return run(self, self->passes[convolution_for_forward], 4, bindings);
}

int convolution_backward_input(convolution *self, const float *output_gradient, const float *packed,
                               float *input_gradient) {
    const binding bindings[] = {{DNNL_ARG_DIFF_DST, self->output, output_gradient},
                                {DNNL_ARG_WEIGHTS, self->packed[convolution_for_input_gradient], packed},
                                {DNNL_ARG_DIFF_SRC, self->input, input_gradient}};
    return run(self, self->passes[convolution_for_input_gradient], 3, bindings);
}

int convolution_backward_weights(convolution *self, const float *input, const float *output_gradient,
                                 float *packed_gradient, float *bias_gradient) {
    const binding bindings[] = {
        {DNNL_ARG_SRC, self->input, input},
        {DNNL_ARG_DIFF_DST, self->output, output_gradient},
        {DNNL_ARG_DIFF_WEIGHTS, self->packed[convolution_weight_gradient], packed_gradient},
        {DNNL_ARG_DIFF_BIAS, self->bias, bias_gradient}};
    return run(self, self->passes[convolution_weight_gradient], 4, bindings);
}

int matrix_product(char op_a, char op_b, int64_t rows, int64_t columns, int64_t depth, const float *a,
                   int64_t a_stride, const float *b, int64_t b_stride, float beta, float *c,
                   int64_t c_stride) {
    return (int)dnnl_sgemm(op_a, op_b, rows, columns, depth, 1.0f, a, a_stride, b, b_stride, beta, c,
                           c_stride);
}
