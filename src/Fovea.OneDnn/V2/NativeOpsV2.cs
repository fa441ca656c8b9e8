using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.V2;

/// <summary>
/// The functions that fill operation descriptors. The descriptor comes first; memory descriptors are given by address, 0 where there is none;
/// arrays (strides, padding, ...) have one entry per spatial dimension.
/// </summary>
internal sealed unsafe class NativeOpsV2(SymbolTable symbols)
{
    // op, prop, alg, src, weights, bias, dst, strides, dilates, padding left, right
    public readonly delegate* unmanaged<byte*, int, int, byte*, byte*, byte*, byte*, long*, long*, long*, long*, Status>
        DilatedConvolutionForwardDescInit =
            (delegate* unmanaged<byte*, int, int, byte*, byte*, byte*, byte*, long*, long*, long*, long*, Status>)
            symbols.Find("dnnl_dilated_convolution_forward_desc_init");

    // op, alg, diff src, weights, diff dst, strides, dilates, padding left, right
    public readonly delegate* unmanaged<byte*, int, byte*, byte*, byte*, long*, long*, long*, long*, Status> DilatedConvolutionBackwardDataDescInit =
        (delegate* unmanaged<byte*, int, byte*, byte*, byte*, long*, long*, long*, long*, Status>)
        symbols.Find("dnnl_dilated_convolution_backward_data_desc_init");

    // op, alg, src, diff weights, diff bias, diff dst, strides, dilates, padding left, right
    public readonly delegate* unmanaged<byte*, int, byte*, byte*, byte*, byte*, long*, long*, long*, long*, Status>
        DilatedConvolutionBackwardWeightsDescInit =
            (delegate* unmanaged<byte*, int, byte*, byte*, byte*, byte*, long*, long*, long*, long*, Status>)
            symbols.Find("dnnl_dilated_convolution_backward_weights_desc_init");

    // op, prop, src, weights, bias, dst
    public readonly delegate* unmanaged<byte*, int, byte*, byte*, byte*, byte*, Status> InnerProductForwardDescInit =
        (delegate* unmanaged<byte*, int, byte*, byte*, byte*, byte*, Status>)symbols.Find("dnnl_inner_product_forward_desc_init");

    // op, diff src, weights, diff dst
    public readonly delegate* unmanaged<byte*, byte*, byte*, byte*, Status> InnerProductBackwardDataDescInit =
        (delegate* unmanaged<byte*, byte*, byte*, byte*, Status>)symbols.Find("dnnl_inner_product_backward_data_desc_init");

    // op, src, diff weights, diff bias, diff dst
    public readonly delegate* unmanaged<byte*, byte*, byte*, byte*, byte*, Status> InnerProductBackwardWeightsDescInit =
        (delegate* unmanaged<byte*, byte*, byte*, byte*, byte*, Status>)symbols.Find("dnnl_inner_product_backward_weights_desc_init");

    // op, src, weights, bias, dst
    public readonly delegate* unmanaged<byte*, byte*, byte*, byte*, byte*, Status> MatmulDescInit =
        (delegate* unmanaged<byte*, byte*, byte*, byte*, byte*, Status>)symbols.Find("dnnl_matmul_desc_init");

    // op, prop, alg, src, dst, strides, kernel, dilation, padding left, right
    public readonly delegate* unmanaged<byte*, int, int, byte*, byte*, long*, long*, long*, long*, long*, Status> PoolingV2ForwardDescInit =
        (delegate* unmanaged<byte*, int, int, byte*, byte*, long*, long*, long*, long*, long*, Status>)
        symbols.Find("dnnl_pooling_v2_forward_desc_init");

    // op, alg, diff src, diff dst, strides, kernel, dilation, padding left, right
    public readonly delegate* unmanaged<byte*, int, byte*, byte*, long*, long*, long*, long*, long*, Status> PoolingV2BackwardDescInit =
        (delegate* unmanaged<byte*, int, byte*, byte*, long*, long*, long*, long*, long*, Status>)symbols.Find("dnnl_pooling_v2_backward_desc_init");

    // op, prop, alg, data, size, alpha, beta, k
    public readonly delegate* unmanaged<byte*, int, int, byte*, long, float, float, float, Status> LrnForwardDescInit =
        (delegate* unmanaged<byte*, int, int, byte*, long, float, float, float, Status>)symbols.Find("dnnl_lrn_forward_desc_init");

    // op, alg, diff data, data, size, alpha, beta, k
    public readonly delegate* unmanaged<byte*, int, byte*, byte*, long, float, float, float, Status> LrnBackwardDescInit =
        (delegate* unmanaged<byte*, int, byte*, byte*, long, float, float, float, Status>)symbols.Find("dnnl_lrn_backward_desc_init");

    // op, prop, alg, data, alpha, beta
    public readonly delegate* unmanaged<byte*, int, int, byte*, float, float, Status> EltwiseForwardDescInit =
        (delegate* unmanaged<byte*, int, int, byte*, float, float, Status>)symbols.Find("dnnl_eltwise_forward_desc_init");

    // op, alg, diff data, data, alpha, beta
    public readonly delegate* unmanaged<byte*, int, byte*, byte*, float, float, Status> EltwiseBackwardDescInit =
        (delegate* unmanaged<byte*, int, byte*, byte*, float, float, Status>)symbols.Find("dnnl_eltwise_backward_desc_init");

    // op, prop, alg, src, dst, axis
    public readonly delegate* unmanaged<byte*, int, int, byte*, byte*, int, Status> SoftmaxV2ForwardDescInit =
        (delegate* unmanaged<byte*, int, int, byte*, byte*, int, Status>)symbols.Find("dnnl_softmax_v2_forward_desc_init");

    // op, prop, data, epsilon, flags
    public readonly delegate* unmanaged<byte*, int, byte*, float, uint, Status> BatchNormalizationForwardDescInit =
        (delegate* unmanaged<byte*, int, byte*, float, uint, Status>)symbols.Find("dnnl_batch_normalization_forward_desc_init");

    // op, prop, diff data, data, epsilon, flags
    public readonly delegate* unmanaged<byte*, int, byte*, byte*, float, uint, Status> BatchNormalizationBackwardDescInit =
        (delegate* unmanaged<byte*, int, byte*, byte*, float, uint, Status>)symbols.Find("dnnl_batch_normalization_backward_desc_init");

    // op, alg, src 0, src 1, dst
    public readonly delegate* unmanaged<byte*, int, byte*, byte*, byte*, Status> BinaryDescInit =
        (delegate* unmanaged<byte*, int, byte*, byte*, byte*, Status>)symbols.Find("dnnl_binary_desc_init");
}
