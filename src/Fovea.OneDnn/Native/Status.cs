namespace Fovea.OneDnn.Native;

/// <summary>dnnl_status_t.</summary>
internal enum Status
{
    Success = 0,
    OutOfMemory = 1,
    InvalidArguments = 2,
    Unimplemented = 3,
    IteratorEnds = 4,
    RuntimeError = 5,
    NotRequired = 6,
}

internal static class Statuses
{
    /// <summary>Throws unless the call succeeded; <paramref name="on"/> says on what it was made.</summary>
    public static void Check(this Status status, string call, string on)
    {
        if (status != Status.Success)
            throw new OneDnnException($"oneDNN: {call} failed with {status.Name()} on {on}.{status.Hint()}");
    }

    public static string Name(this Status status) => status switch
    {
        Status.Success => "dnnl_success",
        Status.OutOfMemory => "dnnl_out_of_memory",
        Status.InvalidArguments => "dnnl_invalid_arguments",
        Status.Unimplemented => "dnnl_unimplemented",
        Status.IteratorEnds => "dnnl_iterator_ends",
        Status.RuntimeError => "dnnl_runtime_error",
        Status.NotRequired => "dnnl_not_required",
        _ => $"status {(int)status}",
    };

    private static string Hint(this Status status) => status switch
    {
        Status.OutOfMemory => " The memory for it could not be had: a smaller batch needs less.",
        Status.InvalidArguments => " The shapes, layouts or arguments do not fit together.",
        _ => "",
    };
}
