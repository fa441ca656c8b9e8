using System.Collections.Immutable;

namespace Fovea.OneDnn;

/// <summary>One operation that a primitive does on its result before it stores it (dnnl_post_ops).</summary>
/// <param name="IsSum">True: add <paramref name="Scale"/> times what dst held; false: apply <paramref name="Eltwise"/>.</param>
/// <param name="Eltwise">The function, where this is one.</param>
/// <param name="Scale">The factor of the old dst (sum).</param>
/// <param name="Alpha">The function's alpha (ReLU: slope below 0).</param>
/// <param name="Beta">The function's beta; unused by ReLU, logistic and tanh.</param>
public readonly record struct PostOp(bool IsSum, EltwiseAlgorithm Eltwise, float Scale, float Alpha, float Beta);

/// <summary>
/// Attributes of a primitive (dnnl_primitive_attr): an immutable list of post-ops, applied in order. The scratchpad is always the user's:
/// query <see cref="Arg.Scratchpad"/> and bind memory of that size.
/// </summary>
public sealed class Attributes
{
    private Attributes(ImmutableArray<PostOp> postOps) => PostOps = postOps;

    /// <summary>No post-ops.</summary>
    public static Attributes Default { get; } = new([]);

    /// <summary>The post-ops in the order of their application.</summary>
    public ImmutableArray<PostOp> PostOps { get; }

    /// <summary>These and then ReLU with the slope <paramref name="alpha"/> below 0 (default 0).</summary>
    public Attributes AppendEltwiseRelu(float alpha = 0) => AppendEltwise(EltwiseAlgorithm.Relu, alpha);

    /// <summary>These and then an element by element function.</summary>
    public Attributes AppendEltwise(EltwiseAlgorithm algorithm, float alpha = 0, float beta = 0) =>
        new(PostOps.Add(new PostOp(false, algorithm, 1, alpha, beta)));

    /// <summary>These and then plus <paramref name="scale"/> times what dst held before (default 1): accumulation.</summary>
    public Attributes AppendSum(float scale = 1) => new(PostOps.Add(new PostOp(true, default, scale, 0, 0)));
}
