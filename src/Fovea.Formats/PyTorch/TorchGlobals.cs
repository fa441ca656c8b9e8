using System.Collections.Frozen;
using Fovea.Formats.Safetensors;

namespace Fovea.Formats.PyTorch;

/// <summary>
/// The whole list of names that a pickle may ask for. Whatever is not here is refused by its name; nothing is ever looked up or loaded.
/// </summary>
internal static class TorchGlobals
{
    private static readonly FrozenDictionary<string, object> Known = Build().ToFrozenDictionary(StringComparer.Ordinal);

    // Modules that no file of numbers has a use for, and an attack has.
    private static readonly FrozenSet<string> Dangerous = FrozenSet.Create(
        StringComparer.Ordinal, "builtins", "__builtin__", "os", "posix", "nt", "subprocess", "sys",
        "shutil", "socket", "importlib", "runpy", "pty", "commands",
        "webbrowser", "ctypes", "operator", "functools", "types", "pickle",
        "_pickle", "cPickle", "multiprocessing", "threading", "code", "pdb", "timeit");

    /// <summary>What a name stands for.</summary>
    /// <exception cref="WeightFileException">It is not on the list.</exception>
    /// <param name="file">The file, for messages.</param>
    /// <param name="module">The Python module.</param>
    /// <param name="name">The name in it.</param>
    /// <param name="first">True where nothing comes before it in the pickle: it is what was saved, and not a part of it.</param>
    public static object Resolve(FileBytes file, string module, string name, bool first) =>
        Known.TryGetValue($"{module}.{name}", out object? value) ? value : throw Refuse(file, module, name, first);

    private static WeightFileException Refuse(FileBytes file, string module, string name, bool first)
    {
        string asked = $"its pickle asks for the Python object '{FileBytes.Shown(module)}.{FileBytes.Shown(name)}'";
        if (Dangerous.Contains(module.Split('.')[0]))
        {
            return file.Error($"{asked}, which could run any program; nothing was run. A file of weights has no use for it: "
                + "do not load this file in Python either");
        }
        return first
            ? file.Error($"{asked}, which is no tensor; nothing was run. This is a whole saved module. "
                + $"If you trust it, these two lines of Python keep its weights alone:\n{Conversion(file)}")
            : file.Error($"{asked}, which is no tensor; nothing was run. This is a checkpoint with other objects beside the weights. "
                + "If you trust it, these lines of Python keep its weights alone; print(ck.keys()) shows under which key they are:\n"
                + $"  ck = torch.load(\"{System.IO.Path.GetFileName(file.Path)}\", map_location=\"cpu\", weights_only=False)\n"
                + "  sd = ck[\"state_dict\"]\n"
                + "  torch.save(sd.state_dict() if hasattr(sd, \"state_dict\") else sd, \"weights.pth\")");
    }

    /// <summary>The two lines of Python that turn a saved module into a file of weights.</summary>
    public static string Conversion(FileBytes file) =>
        $"  sd = torch.load(\"{System.IO.Path.GetFileName(file.Path)}\", map_location=\"cpu\", weights_only=False).state_dict()\n"
        + "  torch.save(sd, \"weights.pth\")";

    private static Dictionary<string, object> Build()
    {
        Dictionary<string, object> known = new(StringComparer.Ordinal)
        {
            ["collections.OrderedDict"] = TorchFunction.OrderedDict,
            ["torch.Size"] = TorchFunction.Size,
            ["torch._utils._rebuild_tensor"] = TorchFunction.RebuildTensor,
            ["torch._utils._rebuild_tensor_v2"] = TorchFunction.RebuildTensor2,
            ["torch._utils._rebuild_tensor_v3"] = TorchFunction.RebuildTensor3,
            ["torch._utils._rebuild_parameter"] = TorchFunction.RebuildParameter,
        };
        foreach (string name in (string[])["UntypedStorage", "_UntypedStorage", "TypedStorage", "_TypedStorage"])
            known[$"torch.storage.{name}"] = new StorageClass(null);
        foreach ((string storage, string dtype, TensorType type) in ((string, string, TensorType)[])
        [
            ("Float", "float32", TensorType.Float32), ("Double", "float64", TensorType.Float64), ("Half", "float16", TensorType.Float16),
            ("BFloat16", "bfloat16", TensorType.BFloat16), ("Long", "int64", TensorType.Int64), ("Int", "int32", TensorType.Int32),
            ("Short", "int16", TensorType.Int16), ("Char", "int8", TensorType.Int8), ("Byte", "uint8", TensorType.UInt8),
            ("Bool", "bool", TensorType.Bool),
        ])
        {
            StorageClass value = new(type);
            known[$"torch.{storage}Storage"] = value;
            known[$"torch.cuda.{storage}Storage"] = value;
            known[$"torch.{dtype}"] = new ElementClass(type);
        }
        return known;
    }
}
