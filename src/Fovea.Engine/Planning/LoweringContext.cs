namespace Fovea.Engine.Planning;

/// <summary>What an op's kernels see of the plan that is being made, forward and backward alike.</summary>
public abstract class LoweringContext
{
    private readonly PlanCompiler _compiler;

    private protected LoweringContext(PlanCompiler compiler, Layer layer)
    {
        _compiler = compiler;
        Layer = layer;
    }

    /// <summary>The layer being lowered.</summary>
    public Layer Layer { get; }

    /// <summary>The whole network, for kernels that depend on what follows.</summary>
    public Graph Graph => _compiler.Graph;

    /// <summary>Samples in the batch.</summary>
    public int Batch => _compiler.Options.Batch;

    /// <summary>True in a training plan.</summary>
    public bool Training => _compiler.Options.Training;

    /// <summary>The type in which kernels are to compute and leave their results, where they can; whoever asks for another layout gets it converted.</summary>
    public Precision Precision => _compiler.Precision;

    /// <summary>The threads for managed kernels.</summary>
    public WorkerTeam Team => _compiler.Team;

    /// <summary>What changes from step to step: read it when the step runs, not when it is made.</summary>
    public StepState State => _compiler.State;

    /// <summary>Shape of one sample of the result.</summary>
    public TensorShape OutputShape => Layer.Output;

    private protected PlanCompiler Compiler => _compiler;

    /// <summary>Shape of one sample of input <paramref name="index"/>; for a source, the graph's input shape is its output shape.</summary>
    public TensorShape InputShape(int index) => _compiler.Graph.Layers[Layer.Inputs[index]].Output;

    /// <summary>The tensor of input <paramref name="index"/> as it lies; where it lies in a layout that only some kernels read, as a copy in its common one.</summary>
    public Value Input(int index)
    {
        Layout common = Stored(index).Layout.Common;
        return new Value(Input(index, common), common);
    }

    /// <summary>The tensor of input <paramref name="index"/> as it lies, whatever its layout.</summary>
    public Value Stored(int index) => _compiler.ValueOf(Layer.Inputs[index]);

    /// <summary>Input <paramref name="index"/> in the layout that a kernel wants; a reorder step is inserted where it lies otherwise.</summary>
    public Buffer Input(int index, Layout layout) => _compiler.InLayout(this, Layer.Inputs[index], layout);

    /// <summary>The layer's parameter with this suffix, or null where it has none.</summary>
    public Parameter? Parameter(string suffix) => _compiler.Parameters.Find($"{Layer.Node.Name}.{suffix}");

    /// <summary>New memory of the plan.</summary>
    /// <param name="what">Its name inside the layer: "dst".</param>
    /// <param name="bytes">Size.</param>
    /// <param name="kind">What it holds.</param>
    public Buffer Allocate(string what, long bytes, BufferKind kind) => _compiler.Register(new Buffer($"{Layer.Node.Name} {what}", bytes, kind));

    /// <summary>Scratch memory for one step, or null where the kernel needs none.</summary>
    public Buffer Scratch(long bytes) => Allocate("scratch", bytes, BufferKind.Scratch);

    /// <summary>Adds a step.</summary>
    public void Emit(Step step) => _compiler.Emit(step);

    /// <summary>Adds a step of managed code.</summary>
    /// <param name="work">What it does: "forward".</param>
    /// <param name="reads">Buffers that it reads.</param>
    /// <param name="writes">Buffers that it writes.</param>
    /// <param name="run">The work.</param>
    /// <param name="inPlace">A buffer that may lie where another one lies.</param>
    /// <param name="kernel">The kernel's name, where there is more than one.</param>
    public void EmitManaged(
        string work, IReadOnlyList<Buffer> reads, IReadOnlyList<Buffer> writes, Action run, (Buffer From, Buffer To)? inPlace = null, string kernel = "managed") =>
        Emit(new ManagedStep(Layer.Node.Name, work, kernel, reads, writes, run) { InPlace = inPlace });

    /// <summary>The way of computing <paramref name="key"/> that the plan was told to follow; null leaves it to the op's rule.</summary>
    public string? FindChoice(string key) => _compiler.Choices?.Find(key);

    /// <summary>Writes down what was chosen, for reports and for whoever wants the same plan again.</summary>
    public void Note(KernelChoice choice) => _compiler.Note(choice);

    /// <summary>A tensor in the layout that somebody wants; a reorder step is inserted where it lies otherwise.</summary>
    public Buffer InLayout(Value value, Layout layout, BufferKind kind) => _compiler.InLayout(this, value, layout, kind);

    /// <summary>A parameter in the master's order, rounded to bfloat16; its update keeps it current.</summary>
    public Buffer Half(Parameter parameter) => _compiler.Half(this, parameter);

    /// <summary>
    /// A parameter in the layout of a kernel. In training it changes every step, so the copy is made where it is needed and its memory shared; in inference it
    /// is made once and refreshed when the parameter changes.
    /// </summary>
    public Buffer KernelCopy(Parameter parameter, Layout master, Layout wanted) => _compiler.KernelCopy(this, parameter, master, wanted);
}
