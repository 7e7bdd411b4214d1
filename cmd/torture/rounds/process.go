package rounds

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a desk that runs, from its start to its end.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	addr  string // where it serves HTTP; set when ready
	ready chan struct{}
	gone  chan struct{} // closed when it has ended
	crew  sync.WaitGroup
}

// run starts a desk, under another program if one is named. log gets what it logs.
func run(under, env []string, log io.Writer) (*process, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	line := append(slices.Clone(under), exe)
	p := &process{cmd: exec.Command(line[0], line[1:]...), ready: make(chan struct{}), gone: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.crew.Go(func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if addr, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
				p.addr = addr
				close(p.ready)
			}
		}
	})
	go func() { // ends with the process
		p.crew.Wait()
		_ = p.cmd.Wait() // how it ended stands in ProcessState
		close(p.gone)
	}()
	return p, nil
}

// errDied: the desk ended before it was open.
var errDied = errors.New("the desk ended before it was open")

// await waits until the desk is open.
func (p *process) await(ctx context.Context) error {
	select {
	case <-p.ready:
		return nil
	case <-p.gone:
		return errDied
	case <-ctx.Done():
		return fmt.Errorf("the desk did not open: %w", ctx.Err())
	}
}

// tell sends the desk a death wish.
func (p *process) tell(moment string, k int) { _, _ = fmt.Fprintln(p.in, moment, k) } // a dead one needs none

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) } // a dead one does not mind

// leastRoom is the size in bytes that no file may exceed on a full disk: what a commit writes last still fits, so it
// must be what is written first that fails.
const leastRoom = 16 << 10

// fill makes every write of the desk beyond the first pages of a file fail, or lets them succeed again.
func (p *process) fill(full bool) error {
	limit := "--fsize=unlimited:unlimited"
	if full {
		limit = fmt.Sprintf("--fsize=%d:unlimited", leastRoom)
	}
	if said, err := exec.Command("prlimit", "--pid", strconv.Itoa(p.cmd.Process.Pid), limit).CombinedOutput(); err != nil && p.alive() {
		return fmt.Errorf("prlimit: %w: %s", err, said)
	}
	return nil
}

func (p *process) alive() bool {
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

// kill ends it at once and waits for that.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.gone
}

// stop asks it to finish; it is killed when it does not. It says whether it finished by itself, and well.
func (p *process) stop(within time.Duration) error {
	p.signal(syscall.SIGTERM)
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-p.gone:
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			return fmt.Errorf("the desk ended with %v", p.cmd.ProcessState)
		}
		return nil
	case <-t.C:
		p.kill()
		return fmt.Errorf("the desk did not stop within %v", within)
	}
}
